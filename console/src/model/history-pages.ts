import type { EventView } from '@holdpoint/shared'

/** What was read of the log by one query, newest first. */
export interface Read {
  readonly events: readonly EventView[]
  /** Where the next older page begins; undefined where there is none. */
  readonly cursor: string | undefined
}

/** The newest page over what was read before: older facts stay as long as nothing is missing in between. */
export function renewed(before: Read, newest: Read): Read {
  const [latest] = before.events
  const oldest = newest.events.at(-1)
  if (!latest || !oldest || oldest.seq > latest.seq) return newest
  const kept = before.events.filter(({ seq }) => seq < oldest.seq)
  return kept.length === 0 ? newest : { events: [...newest.events, ...kept], cursor: before.cursor }
}

/** The page that begins at `cursor` under what was read; nothing new where it came before, or for another query. */
export const continued = (before: Read, cursor: string, page: Read): Read =>
  before.cursor === cursor ? { events: [...before.events, ...page.events], cursor: page.cursor } : before
