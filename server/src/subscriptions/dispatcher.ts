import { type Push, SECOND } from '@holdpoint/shared'
import { afterThisTurn, type Cancel, type Clock, type Soon } from '../clock.ts'
import { verifyChain } from '../store/hash-chain.ts'
import type { Head, Store, StoredEvent } from '../store/store.ts'
import { pushOfEvent } from './push-of-event.ts'

type AgentKey = { readonly tenant: string; readonly id: string }

/** Who is told. Neither may throw, and neither waits for anybody. */
export interface Sinks {
  /** Whether a socket of this node holds the agent and was not told this number yet. */
  wantsPush(agent: AgentKey, seq: number): boolean
  push(agent: AgentKey, push: Push): void
  /**
   * Once per event, right after its agent was told and before it counts as applied; those of other nodes in order.
   * `own`: this node committed it.
   */
  noticed?(event: StoredEvent, own: boolean): void
  /** What one turn committed, in order and without a gap. */
  feed(tenant: string, partition: string, events: readonly StoredEvent[]): void
}

/** Publishes the committed log: at least once, from a checkpoint, in order. */
export interface Dispatcher {
  /**
   * Events that this node has just committed. Agents are told at once, so that a push comes before the answer that
   * shows its number; consoles at the end of the turn, in one frame.
   */
  publish(events: readonly StoredEvent[]): void
  /** The partition's feed goes at least so far: what is missing is read. */
  reached(partition: string, seq: number): void
  /**
   * Events that another node says it has committed. Each is believed only if it is the very next, in sequence and by its
   * hash; otherwise it is read from the log.
   */
  offered(partition: string, events: readonly StoredEvent[]): void
  /** Up to where a partition's events are handed on. */
  applied(partition: string): number
  /** How many events are committed and not yet handed on. */
  lag(): number
  /** Hands on what is committed, then stops. */
  stop(): Promise<void>
}

interface Partition {
  checkpoint: number
  /** The hash of the event at the checkpoint: what the next one's is chained to. */
  hash: string
  /** As far as hints say that the log goes. */
  known: number
  /** Brought along by a hint, by seq: saves the read where they are the very next. */
  offered: Map<number, StoredEvent>
  /** Brought along by other nodes, by seq; not believed yet. */
  hinted: Map<number, StoredEvent>
  /** Own events that were noticed ahead of their turn. */
  readonly noticed: Set<number>
}

/** Events in one frame, and bytes (about): so much that one message stays a short while's reading. */
const BATCH = 100
const BATCH_BYTES = 512 * 1024
/** What an event takes in a frame beside its data. */
const HEADER_BYTES = 400
/** After a failed read. */
const RETRY_MS = SECOND
/** Beyond it, read them from the log instead: a slow turn must not hold all of them in memory. */
const MAX_OFFERED = 10_000

export async function startDispatcher(ports: {
  readonly store: Store
  readonly clock: Clock
  readonly sinks: Sinks
  /** Told after each step: up to where a partition's events are applied. */
  readonly advanced?: (partition: string, seq: number) => void
  /** Runs something once this turn is over; a simulation replaces it. */
  readonly soon?: Soon
  readonly log: { error(fields: object, message: string): void }
}): Promise<Dispatcher> {
  const { store, clock, sinks, advanced, soon = afterThisTurn, log } = ports
  const partitions = new Map<string, Partition>()
  for (const head of await store.heads()) partitions.set(head.partition, partitionFrom(head))

  let turn: Promise<void> | undefined
  let scheduled: Cancel | undefined
  let cancelRetry: Cancel | undefined
  let stopped = false

  const of = (name: string): Partition => {
    const known = partitions.get(name)
    if (known) return known
    // it had no feed when this node started, so nothing of it was handed on
    const created = partitionFrom({ seq: 0, hash: '' })
    partitions.set(name, created)
    return created
  }

  const tellAgent = (event: StoredEvent): void => {
    if (!event.push || event.agent === undefined) return
    const agent = { tenant: event.tenant, id: event.agent }
    if (!sinks.wantsPush(agent, event.push.seq)) return
    const push = pushOfEvent(event)
    if (push) sinks.push(agent, push)
  }

  /** Hands on one frame of a partition. Returns whether there may be more. */
  const handOn = async (name: string, partition: Partition): Promise<boolean> => {
    if (partition.checkpoint < partition.known) {
      const offered = nextOffered(partition)
      const found = offered.length > 0 ? offered : await store.readFeed(name, partition.checkpoint, BATCH)
      const events = withinFrame(found)
      const [first] = events
      if (!first) {
        // a hint told of what is not there
        partition.known = partition.checkpoint
        return false
      }
      for (const event of events) {
        tellAgent(event)
        if (!partition.noticed.delete(event.seq)) sinks.noticed?.(event, false)
      }
      sinks.feed(first.tenant, name, events)
      for (const { seq, hash } of events) {
        partition.offered.delete(seq)
        partition.hinted.delete(seq)
        partition.checkpoint = seq
        partition.hash = hash
      }
      advanced?.(name, partition.checkpoint)
    }
    if (partition.checkpoint < partition.known) return true
    // new ones: each table that a map outgrows leads to the next one, and what was in them outlives the quick collections
    partition.offered = new Map()
    partition.hinted = new Map()
    return false
  }

  /** One frame of each at a time: a flood in one tenant holds up no other, and what was sent has time to leave. */
  const runTurn = async (): Promise<void> => {
    try {
      for (let more = true; more; ) {
        more = false
        for (const one of partitions) if (await handOn(...one)) more = true
        if (more) await breathe(soon)
      }
    } catch (error) {
      log.error({ err: error }, 'the feed could not be read; trying again')
      if (!stopped) cancelRetry = clock.after(RETRY_MS, schedule)
    }
  }

  const behind = (): boolean => [...partitions.values()].some(({ checkpoint, known }) => checkpoint < known)

  const schedule = (): void => {
    if (scheduled || turn || stopped) return
    scheduled = soon(() => {
      scheduled = undefined
      turn = runTurn().finally(() => {
        turn = undefined
        if (behind() && !cancelRetry) schedule()
      })
    })
  }

  const reached = (name: string, seq: number): void => {
    const partition = of(name)
    partition.known = Math.max(partition.known, seq)
    cancelRetry?.()
    cancelRetry = undefined
    schedule()
  }

  const unsubscribe = store.onCommitted(({ partition, seq }) => reached(partition, seq))

  return {
    publish(events) {
      for (const event of events) {
        const partition = of(event.partition)
        const isAhead = event.seq > partition.checkpoint
        tellAgent(event)
        if (isAhead) {
          partition.noticed.add(event.seq)
          sinks.noticed?.(event, true)
        }
        if (isAhead && partition.offered.size < MAX_OFFERED) partition.offered.set(event.seq, event)
      }
      const last = events.at(-1)
      if (last) reached(last.partition, last.seq)
    },
    reached,
    offered(name, events) {
      const partition = of(name)
      for (const event of events)
        if (
          event.seq > partition.checkpoint &&
          event.partition === name &&
          store.partitionOf(event.tenant) === name &&
          partition.hinted.size < MAX_OFFERED
        )
          partition.hinted.set(event.seq, event)
    },
    applied: (name) => of(name).checkpoint,
    lag: () =>
      [...partitions.values()].reduce(
        (sum, { checkpoint, known }) => sum + Math.max(0, known - checkpoint),
        0,
      ),
    async stop() {
      unsubscribe()
      cancelRetry?.()
      scheduled?.()
      stopped = true
      await turn
      await runTurn()
    },
  }
}

const partitionFrom = ({ seq, hash }: Pick<Head, 'seq' | 'hash'>): Partition => ({
  checkpoint: seq,
  hash,
  known: seq,
  offered: new Map(),
  hinted: new Map(),
  noticed: new Set(),
})

/** The very next ones, as far as they were brought along without a gap. */
function nextOffered(partition: Partition): readonly StoredEvent[] {
  const { checkpoint, offered, hinted } = partition
  const events: StoredEvent[] = []
  for (let seq = checkpoint + 1; events.length < BATCH; seq++) {
    const event = offered.get(seq) ?? believed(hinted.get(seq), events.at(-1)?.hash ?? partition.hash)
    if (!event) break
    events.push(event)
  }
  return events
}

/** PR4: a late hint, or one of another history, has not the hash that follows from where this node stands. */
function believed(event: StoredEvent | undefined, previous: string): StoredEvent | undefined {
  if (!event) return undefined
  try {
    return verifyChain([event], { seq: event.seq - 1, hash: previous }) ? undefined : event
  } catch {
    return undefined // no event of ours looks like that
  }
}

/** The first of them, as many as make one frame; at least one, so that it always gets on. */
function withinFrame(events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (events.length === 1) return events
  let bytes = 0
  const end = events.findIndex(({ data }) => {
    bytes += HEADER_BYTES + roughLength(data)
    return bytes > BATCH_BYTES
  })
  return end < 0 ? events : events.slice(0, Math.max(1, end))
}

/** About how much JSON a value is, without writing it. */
function roughLength(value: unknown): number {
  if (typeof value === 'string')
    return value.length > 100 ? Buffer.byteLength(JSON.stringify(value)) : value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let length = 2
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) length += key.length + 4 + roughLength(item)
  }
  return length
}

const breathe = (soon: Soon): Promise<void> =>
  new Promise((resolve) => {
    soon(resolve)
  })
