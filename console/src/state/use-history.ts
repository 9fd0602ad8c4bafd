import type { HistoryQuery } from '@holdpoint/client/operator'
import type { EventView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { continued, type Read, renewed } from '../model/history-pages.ts'
import { session } from './session.ts'

export interface HistoryPages {
  readonly events: readonly EventView[]
  readonly state: 'loading' | 'here' | 'failed'
  /** Reads the next older page; undefined where there is none. */
  readonly older: (() => void) | undefined
}

/**
 * Pages of the log, newest first. The first is read anew when `version` changes, and those below it stay; another query
 * begins anew.
 */
export function useHistory(query: HistoryQuery, version = 0): HistoryPages {
  const name = JSON.stringify(query)
  const [all, setAll] = useState<Read & { readonly name: string }>({ name, events: [], cursor: undefined })
  const [state, setState] = useState<HistoryPages['state']>('loading')

  const read = async (
    cursor: string | undefined,
    join: (before: Read, page: Read) => Read,
    wanted: () => boolean,
  ) => {
    const { client } = session.peek() ?? {}
    if (!client) return
    try {
      const { events, nextCursor } = await client.history({
        ...query,
        ...(cursor !== undefined && { cursor }),
      })
      if (!wanted()) return
      setAll((before) => {
        const isSame = before.name === name
        // what is below another query's facts has no place here
        if (!isSame && cursor !== undefined) return before
        const from: Read = isSame ? before : { events: [], cursor: undefined }
        return { name, ...join(from, { events, cursor: nextCursor }) }
      })
      setState('here')
    } catch {
      if (wanted()) setState('failed')
    }
  }

  useEffect(() => {
    let wanted = true
    void read(undefined, renewed, () => wanted)
    return () => {
      wanted = false
    }
  }, [name, version])

  const { events, cursor } = all
  return {
    events,
    state,
    older:
      cursor === undefined
        ? undefined
        : () =>
            void read(
              cursor,
              (before, page) => continued(before, cursor, page),
              () => true,
            ),
  }
}
