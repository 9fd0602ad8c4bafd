/**
 * The hashes of the feeds (PR7). A commit settles an event's place; its hash follows from what comes before, and is computed
 * here: from this node's own commits as they are answered, and from the feed where other nodes have written in between.
 * Hashes are handed in with the node's next commit (lua/seal-chain.lua.ts), or after a moment.
 */
import type { Cancel, Clock } from '../../clock.ts'
import type { Connection, Reply } from './connection.ts'
import { type EventEntry, entryHash } from './event-entry.ts'
import type { Keys } from './keys.ts'
import { scripts } from './script.ts'
import type { Standing } from './standings.ts'

/** Where a feed stands as far as this node knows: the last event whose hash it has. */
export interface Known {
  readonly seq: number
  readonly hash: string
}

/** Hashes to hand in, and the one before them, by which Redis knows whether they belong to its history. */
interface Seal {
  readonly first: number
  readonly previous: string
  readonly hashes: readonly string[]
}

export interface FeedRow {
  readonly seq: number
  readonly entry: EventEntry
}

export type Chain = ReturnType<typeof openChain>

/** Hashes that are kept in memory behind the last one: for answers that come late, and to be handed in. */
const RECENT = 1_024
/** Events that are kept beyond a gap, which a read must fill first. */
const MOST_AHEAD = 10_000
const READ_AT_ONCE = 500
/** Within one call; the rest follows with the next. */
const MOST_HANDED_IN = 1_000
/** How long hashes wait for a commit that takes them along, ms. */
const HAND_IN_AFTER_MS = 100

interface Feed {
  readonly partition: string
  seq: number
  /** The hashes of the events up to `seq`: the last RECENT of them, and all that Redis doesn't keep yet. */
  readonly hashes: Map<number, string>
  /** The first of them. */
  oldest: number
  /** Own events beyond `seq`, whose predecessors are not all known. */
  readonly ahead: Map<number, EventEntry>
  /** Up to where Redis keeps the hashes, and up to where they are on their way. */
  sealed: number
  handedIn: number
  reading: Promise<void> | undefined
}

/** Without a clock nothing is handed in: for whoever only asks. */
export function openChain(connection: Pick<Connection, 'send' | 'run'>, keys: Keys, clock?: Clock) {
  const feeds = new Map<string, Promise<Feed>>()
  const opened = new Map<string, Feed>()
  let timer: Cancel | undefined

  /** From the last hash that is kept. */
  async function openFeed(partition: string): Promise<Feed> {
    const [sealed, hash] = (await connection.send(
      'HMGET',
      keys.head(partition),
      'sealed',
      'hash',
    )) as readonly Reply[]
    const seq = Number(sealed ?? 0)
    const feed: Feed = {
      partition,
      seq,
      hashes: new Map([[seq, String(hash ?? '')]]),
      oldest: seq,
      ahead: new Map(),
      sealed: seq,
      handedIn: seq,
      reading: undefined,
    }
    opened.set(partition, feed)
    return feed
  }

  function feedOf(partition: string): Promise<Feed> {
    const known = feeds.get(partition)
    if (known) return known
    const opening = openFeed(partition)
    feeds.set(partition, opening)
    opening.catch(() => feeds.delete(partition))
    return opening
  }

  function link(feed: Feed, entry: EventEntry): void {
    const hash = entryHash(feed.hashes.get(feed.seq) ?? '', feed.partition, feed.seq + 1, entry)
    feed.seq += 1
    feed.ahead.delete(feed.seq)
    feed.hashes.set(feed.seq, hash)
    forgetOld(feed)
  }

  /** Never what Redis has not been handed yet, nor what goes before that. */
  function forgetOld(feed: Feed): void {
    for (const end = Math.min(feed.sealed, feed.seq - RECENT); feed.oldest < end; feed.oldest++)
      feed.hashes.delete(feed.oldest)
  }

  function advance(feed: Feed): void {
    for (let entry = feed.ahead.get(feed.seq + 1); entry; entry = feed.ahead.get(feed.seq + 1))
      link(feed, entry)
  }

  async function read(feed: Feed): Promise<void> {
    const before = feed.seq
    const rows = await readRows(connection, keys, feed.partition, before, READ_AT_ONCE)
    if (rows[0]?.seq !== before + 1) await skipTrimmed(feed)
    for (const { seq, entry } of rows) if (seq === feed.seq + 1) link(feed, entry)
    advance(feed)
    if (feed.seq === before) throw new RangeError(`Event ${before + 1} of ${feed.partition} is missing.`)
  }

  /** Another node has trimmed beyond what this one knew. */
  async function skipTrimmed(feed: Feed): Promise<void> {
    const reply = await connection.send('HMGET', keys.head(feed.partition), 'trimmed', 'trimmedHash')
    const [trimmed, hash] = reply as readonly Reply[]
    const seq = Number(trimmed ?? 0)
    // Answers to own commits may have come meanwhile.
    if (seq <= feed.seq) return
    feed.seq = seq
    feed.hashes.set(seq, String(hash))
    sealed(feed, seq)
  }

  /** Until the hash of event `seq` is known. One read serves all who wait for one. */
  async function reach(feed: Feed, seq: number): Promise<void> {
    while (feed.seq < seq) {
      feed.reading ??= read(feed).finally(() => {
        feed.reading = undefined
      })
      await feed.reading
    }
    handInSoon()
  }

  function nextSeal(feed: Feed): Seal {
    const first = feed.handedIn + 1
    const previous = feed.hashes.get(feed.handedIn)
    // Others have handed in more than this node knows.
    if (previous === undefined || first > feed.seq)
      return { first: feed.seq + 1, previous: feed.hashes.get(feed.seq) ?? '', hashes: [] }
    const hashes: string[] = []
    for (let seq = first; seq <= feed.seq && hashes.length < MOST_HANDED_IN; seq++)
      hashes.push(feed.hashes.get(seq) ?? '')
    feed.handedIn += hashes.length
    return { first, previous, hashes }
  }

  function sealed(feed: Feed, seq: number): void {
    feed.sealed = Math.max(feed.sealed, seq)
    feed.handedIn = Math.max(feed.handedIn, feed.sealed)
    forgetOld(feed)
  }

  async function handIn(feed: Feed): Promise<void> {
    feed.handedIn = feed.sealed
    while (feed.sealed < feed.seq) {
      const seal = nextSeal(feed)
      const { first, hashes } = seal
      if (hashes.length === 0) return
      try {
        const upTo = Number(await connection.run(scripts.seal, keys.head(feed.partition), sealArgs(seal)))
        // Others' hashes are needed before these.
        if (upTo < first) return
        sealed(feed, upTo)
      } finally {
        feed.handedIn = feed.sealed
      }
    }
  }

  function handInSoon(): void {
    timer ??= clock?.after(HAND_IN_AFTER_MS, () => {
      timer = undefined
      void handInAll()
    })
  }

  /** Not having done it costs the next reader the same computation. */
  const handInAll = async (): Promise<void> => {
    await Promise.allSettled([...opened.values()].map(handIn))
  }

  return {
    /** Opens a feed where this is the first that is heard of it. */
    known: async (partition: string): Promise<Known> => knownOf(await feedOf(partition)),

    /** What this node has seen of every feed: a witness of what must still be there (ST9). */
    witnessed: (): ReadonlyMap<string, Known> =>
      new Map([...opened].map(([partition, feed]) => [partition, knownOf(feed)])),

    /** Up to where this node takes each feed's hashes to be kept. */
    keptUpTo: (): ReadonlyMap<string, number> =>
      new Map([...opened].map(([partition, feed]) => [partition, feed.sealed])),

    /**
     * Nothing waits until replicas have the hashes that were handed in last, so one that is promoted may lack them. `before`: up to where
     * they were taken to be kept before it was asked.
     */
    handInAgain({ partition, sealed: { seq } }: Standing, before: number | undefined): void {
      const feed = opened.get(partition)
      if (!feed || before === undefined || seq >= before || !feed.hashes.has(seq)) return
      feed.sealed = seq
      feed.handedIn = seq
      handInSoon()
    },

    /** Whether what Redis keeps of a feed is another history than this node has computed; `seen` is what it knew before it asked. */
    contradicts({ partition, seq, sealed }: Standing, seen: Known | undefined): boolean {
      if (seen && seq < seen.seq) return true
      const own = opened.get(partition)?.hashes.get(sealed.seq)
      return own !== undefined && own !== sealed.hash
    },

    /** What the next commit takes along, as its script's arguments. The feed is open. */
    takeSeal(partition: string): readonly string[] {
      const feed = opened.get(partition)
      return sealArgs(feed ? nextSeal(feed) : { first: 1, previous: '', hashes: [] })
    },

    /** A call said up to where hashes are kept; undefined where the call came to nothing. */
    sealTaken(partition: string, upTo: number | undefined): void {
      const feed = opened.get(partition)
      if (!feed) return
      if (upTo === undefined) feed.handedIn = feed.sealed
      else sealed(feed, upTo)
    },

    /** Events that are in the feed from `first` on: this node's own, or some that were read. */
    learn(partition: string, first: number, entries: readonly EventEntry[]): void {
      const feed = opened.get(partition)
      if (!feed || first > feed.seq + MOST_AHEAD) return
      for (const [i, entry] of entries.entries())
        if (first + i === feed.seq + 1) link(feed, entry)
        else if (first + i > feed.seq) feed.ahead.set(first + i, entry)
      advance(feed)
      handInSoon()
    },

    /** The hash of one of the last events, where it needs no reading. */
    knownHash(partition: string, seq: number): string | undefined {
      return opened.get(partition)?.hashes.get(seq)
    },

    /** The hash of an event that is in the feed (or of the place before the first); reads what it takes to know it. */
    async hash(partition: string, seq: number): Promise<string> {
      if (seq === 0) return ''
      const feed = await feedOf(partition)
      await reach(feed, seq)
      const recent = feed.hashes.get(seq)
      if (recent !== undefined) return recent
      const kept = await keptHash(connection, keys, partition, seq)
      if (kept === undefined) throw new RangeError(`The hash of event ${seq} of ${partition} is gone.`)
      return kept
    },

    /** Hands in everything that this node knows. */
    async handIn(partition: string): Promise<void> {
      await handIn(await feedOf(partition))
    },

    async finish(): Promise<void> {
      timer?.()
      await handInAll()
      timer?.()
    },
  }
}

const sealArgs = ({ first, previous, hashes }: Seal): readonly string[] => [
  String(first),
  previous,
  String(hashes.length),
  ...hashes,
]

const knownOf = (feed: Feed): Known => ({ seq: feed.seq, hash: feed.hashes.get(feed.seq) ?? '' })

/** Events with seq after `after`, in order. */
export async function readRows(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  partition: string,
  after: number,
  limit: number,
): Promise<FeedRow[]> {
  if (limit <= 0) return []
  const from = `${Math.max(0, Math.floor(after)) + 1}-0`
  const rows = await send('XRANGE', `${keys.head(partition)}:feed`, from, '+', 'COUNT', String(limit))
  return (rows as readonly (readonly [string, readonly string[]])[]).map(([id, fields]) => ({
    seq: seqOf(id),
    entry: { header: fields[1] ?? '', data: fields[3] ?? '' },
  }))
}

/** A hash that was handed in, or that of the last event trimmed. */
export async function keptHash(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  partition: string,
  seq: number,
): Promise<string | undefined> {
  const id = `${seq}-0`
  const head = keys.head(partition)
  const [rows, trimmed] = await Promise.all([
    send('XRANGE', `${head}:chain`, id, id),
    send('HMGET', head, 'trimmed', 'trimmedHash') as Promise<readonly Reply[]>,
  ])
  const [row] = rows as readonly (readonly [string, readonly string[]])[]
  if (row) return row[1][1]
  return seq > 0 && Number(trimmed[0] ?? 0) === seq ? String(trimmed[1]) : undefined
}

export const seqOf = (id: string): number => Number(id.slice(0, id.indexOf('-')))
