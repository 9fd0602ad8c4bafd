import type { HistoryQuery } from '@holdpoint/client/operator'
import type { EventView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { session } from './session.ts'

export interface HistoryPages {
  readonly events: readonly EventView[]
  readonly state: 'loading' | 'here' | 'failed'
  /** Reads the next older page; undefined where there is none. */
  readonly older: (() => void) | undefined
}

/** Pages of the log, newest first; read anew when the query or `version` changes. */
export function useHistory(query: HistoryQuery, version = 0): HistoryPages {
  const [events, setEvents] = useState<readonly EventView[]>([])
  const [cursor, setCursor] = useState<string>()
  const [state, setState] = useState<HistoryPages['state']>('loading')
  const name = JSON.stringify(query)

  const read = async (after: string | undefined, wanted: () => boolean) => {
    const { client } = session.peek() ?? {}
    if (!client) return
    try {
      const page = await client.history({ ...query, ...(after !== undefined && { cursor: after }) })
      if (!wanted()) return
      setEvents((before) => (after === undefined ? page.events : [...before, ...page.events]))
      setCursor(page.nextCursor)
      setState('here')
    } catch {
      if (wanted()) setState('failed')
    }
  }

  useEffect(() => {
    let wanted = true
    void read(undefined, () => wanted)
    return () => {
      wanted = false
    }
  }, [name, version])

  return {
    events,
    state,
    older: cursor === undefined ? undefined : () => void read(cursor, () => true),
  }
}
