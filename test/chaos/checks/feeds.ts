import { canonicalText, type EventView } from '@holdpoint/shared'
import { brief, type FeedOpened, type FeedRead, type IndexedHistory } from '../history.ts'

/** PR4, ST5: every feed is dense and in order, and nobody is ever told another past. */
export function checkFeeds(history: IndexedHistory): readonly string[] {
  const { observations, readBack } = history
  const feed = observations.filter((one) => one.kind === 'feed.opened' || one.kind === 'feed.read')
  return [...gapsInLog(readBack.events), ...brokenFeeds(feed), ...otherPasts(feed, readBack.events)]
}

function gapsInLog(events: readonly EventView[]): readonly string[] {
  return events.flatMap(({ seq }, i) => {
    const before = events[i - 1]?.seq ?? 0
    return seq === before + 1 ? [] : [`Feed: the log goes from seq ${before} to ${seq}.`]
  })
}

interface Reader {
  storeEpoch: number
  partition: string
  seq: number
  connection: number
}

function brokenFeeds(feed: readonly (FeedOpened | FeedRead)[]): readonly string[] {
  const readers = new Map<string, Reader>()
  const problems: string[] = []
  for (const one of feed) {
    const reader = readers.get(one.observer)
    if (reader && (reader.storeEpoch !== one.storeEpoch || reader.partition !== one.partition))
      problems.push(
        `Feed: ${one.observer} was moved from ${reader.partition} (store epoch ${reader.storeEpoch}) to ` +
          `${one.partition} (store epoch ${one.storeEpoch}): history was lost.`,
      )
    const { storeEpoch, partition, connection } = one
    const from = one.kind === 'feed.opened' && (one.reset || !reader) ? one.seq : (reader?.seq ?? 0)
    if (one.kind === 'feed.opened') {
      if (reader && one.reset)
        problems.push(
          `Feed: ${one.observer} asked to go on from seq ${reader.seq} and was given a snapshot: its past is not known any more.`,
        )
      if (reader && one.seq < reader.seq)
        problems.push(
          `Feed: ${one.observer} had read up to seq ${reader.seq}, and was then told that the end is ${one.seq}.`,
        )
      if (!one.reset && reader && one.seq > reader.seq)
        problems.push(
          `Feed: ${one.observer} was told that it is in sync at seq ${one.seq}, having read up to ${reader.seq}.`,
        )
      readers.set(one.observer, { storeEpoch, partition, connection, seq: Math.max(from, one.seq) })
      continue
    }
    readers.set(one.observer, { storeEpoch, partition, connection, seq: follow(one, from, problems) })
  }
  return problems
}

/** What it has read already may come again; what comes next must be the very next. */
function follow({ observer, connection, events }: FeedRead, from: number, problems: string[]): number {
  let last = from
  let before: number | undefined
  for (const { seq, type } of events) {
    if (before !== undefined && seq <= before)
      problems.push(
        `Feed: ${observer} (connection ${connection}) was sent seq ${seq} (${type}) after ${before}.`,
      )
    else if (seq > last + 1)
      problems.push(
        `Feed: ${observer} (connection ${connection}) was sent seq ${seq} (${type}) after ${last}.`,
      )
    before = seq
    last = Math.max(last, seq)
  }
  return last
}

function otherPasts(feed: readonly (FeedOpened | FeedRead)[], log: readonly EventView[]): readonly string[] {
  const stands = new Map(log.map((event) => [event.seq, { event, text: textOf(event) }]))
  const reported = new Set<number>()
  return feed.flatMap((one) => {
    if (one.kind !== 'feed.read') return []
    return one.events.flatMap((event) => {
      const found = stands.get(event.seq)
      if (found?.text === textOf(event) || reported.has(event.seq)) return []
      reported.add(event.seq)
      const now = found ? `reads ${brief(found.event)} now` : 'is gone'
      return [`Feed: ${one.observer} was sent ${brief(event)}, and seq ${event.seq} ${now}.`]
    })
  })
}

/** Without what only tells how long ago it was sent, and without the hash, which history tells and the feed does not. */
const textOf = ({ hash: _hash, ...event }: EventView): string =>
  canonicalText(
    JSON.parse(JSON.stringify(event, (key, value) => (key === 'remainingMs' ? undefined : value))),
  )
