import type { Clock, Soon } from '../clock.ts'
import type { StoredEvent } from '../store/store.ts'
import type { Bus } from './ports.ts'

/** "Partition P has reached N", with the events that saves reading, where they are few. */
interface Hint {
  readonly storeEpoch: number
  readonly partition: string
  readonly seq: number
  readonly events: readonly StoredEvent[]
}

/** Tells other nodes of what this one commits, and this one of what they do. */
export interface Hints {
  committed(events: readonly StoredEvent[]): void
}

const TOPIC = 'hint'
/** Beyond it, whoever is told reads it from the log. */
const MOST_EVENTS = 50
const MOST_BYTES = 64 * 1024
/**
 * Between two hints of a node that nobody heard when it last spoke, ms: speaking costs it and Redis as much as if somebody did. A
 * node that has come since reads the heads when it starts, and more seldom than this from then on, so that it waits no longer.
 */
const ALONE_MS = 50

/**
 * `believe`: hands on what a hint brings along. Off where a replica may be promoted: a hint may then tell of a commit that
 * Redis has lost since.
 */
export function createHints(ports: {
  readonly bus: Bus
  readonly clock: Clock
  readonly storeEpoch: number
  readonly soon: Soon
  readonly reached: (partition: string, seq: number) => void
  readonly offered: (partition: string, events: readonly StoredEvent[]) => void
  readonly believe: boolean
}): Hints {
  const { bus, clock, storeEpoch, soon, reached, offered, believe } = ports
  const waiting = new Map<string, Committed>()

  const sendAll = (): void => {
    for (const [partition, { seq, events }] of waiting) {
      const isSmall = believe && events.length <= MOST_EVENTS && bytesOf(events) <= MOST_BYTES
      bus.send(TOPIC, { storeEpoch, partition, seq, events: isSmall ? events : [] } satisfies Hint)
    }
    waiting.clear()
  }

  bus.on(TOPIC, (message) => {
    const hint = readHint(message)
    // under another epoch it speaks of another history
    if (hint?.storeEpoch !== storeEpoch) return
    if (believe && hint.events.length > 0) offered(hint.partition, hint.events)
    reached(hint.partition, hint.seq)
  })

  return {
    committed(events) {
      if (events.length === 0) return
      const isAlone = bus.isAlone()
      if (waiting.size === 0) {
        if (isAlone) clock.after(ALONE_MS, sendAll)
        else soon(sendAll)
      }
      for (const event of events) {
        const { partition, seq } = event
        const before = waiting.get(partition)
        // held for so long, they would outlive the quick collections
        if (isAlone) waiting.set(partition, { seq, events: [] })
        else if (!before) waiting.set(partition, { seq, events: [event] })
        else {
          before.seq = seq
          before.events.push(event)
        }
      }
    },
  }
}

/** Of one partition, since it was last spoken of. Without events, or with those from some place on: who misses some reads them. */
interface Committed {
  seq: number
  readonly events: StoredEvent[]
}

const bytesOf = (events: readonly StoredEvent[]): number =>
  events.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0)

/** Undefined for what is none: nodes of another version may call out, too. */
function readHint(message: unknown): Hint | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { storeEpoch, partition, seq, events } = message as Partial<Hint>
  const fits =
    typeof storeEpoch === 'number' &&
    typeof partition === 'string' &&
    Number.isSafeInteger(seq) &&
    Array.isArray(events) &&
    events.every(isEvent)
  return fits ? (message as Hint) : undefined
}

const isEvent = (event: unknown): boolean => {
  if (typeof event !== 'object' || event === null) return false
  const { seq, at, type, hash, data } = event as Partial<StoredEvent>
  return (
    Number.isSafeInteger(seq) &&
    typeof at === 'number' &&
    typeof type === 'string' &&
    typeof hash === 'string' &&
    typeof data === 'object' &&
    data !== null
  )
}
