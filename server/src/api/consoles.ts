import { type Feed, SECOND } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import type { StoredEvent } from '../store/store.ts'
import { feedCursor } from './feed-cursor.ts'
import { eventView } from './fresh-views.ts'
import type { Line } from './line.ts'
import type { Undelivered } from './undelivered.ts'

/** The consoles that follow a tenant's feed. */
export interface Consoles {
  join(line: Line): void
  leave(line: Line): void
  /** This console has these events in an ack: its feed leaves them out. One that is late comes twice, never not at all. */
  answered(line: Line, events: readonly Pick<StoredEvent, 'seq'>[]): void
  /**
   * One frame for all, serialised once; but for those who caused a part of it, and for those who have too much to read
   * already: nobody floods a console that reads (ID4), it is shown a gap once it has read on, and asks (PR4).
   */
  feed(tenant: string, partition: string, events: readonly StoredEvent[]): void
}

/** Sends to everybody in a room but the connections named. */
export type Broadcast = (room: string, except: readonly string[], event: string, body: object) => void

interface Console {
  readonly line: Line
  /** Seqs that went out in acks and that the feed has not come by yet. */
  readonly answered: Set<number>
  /** The newest event that it was spared, because it had a good deal to read yet. */
  missed?: StoredEvent | undefined
}

/** How soon a console that has read on is shown that it missed something. */
const CAUGHT_UP_MS = SECOND

export function createConsoles(ports: {
  readonly storeEpoch: number
  readonly clock: Clock
  readonly now: () => number
  readonly broadcast: Broadcast
  readonly undelivered: Undelivered
}): Consoles {
  const { storeEpoch, clock, now, broadcast, undelivered } = ports
  const tenants = new Map<string, Map<string, Console>>()
  const reached = new Map<string, number>()
  let cancelCheck: Cancel | undefined

  const frame = (partition: string, events: readonly StoredEvent[]): Feed => {
    const at = now()
    const last = events.at(-1)
    return {
      storeEpoch,
      partition,
      events: events.map((event) => eventView(event, at)),
      ...(last && { cursor: feedCursor(storeEpoch, last) }),
    }
  }

  /** Its newest event alone: the gap before it makes the console ask for the rest. */
  const showGaps = (): void => {
    cancelCheck = undefined
    for (const consoles of tenants.values())
      for (const one of consoles.values()) {
        if (!one.missed) continue
        if (one.line.isBehind()) checkLater()
        else {
          one.line.emit('feed', frame(one.missed.partition, [one.missed]))
          one.missed = undefined
        }
      }
  }

  const checkLater = (): void => {
    cancelCheck ??= clock.after(CAUGHT_UP_MS, showGaps)
  }

  return {
    join(line) {
      const { tenant } = line.principal()
      const consoles = tenants.get(tenant) ?? new Map<string, Console>()
      tenants.set(tenant, consoles)
      const known = consoles.get(line.id)
      if (known) known.missed = undefined
      else consoles.set(line.id, { line, answered: new Set() })
      line.join(roomOf(tenant))
    },
    leave(line) {
      const { tenant } = line.principal()
      const consoles = tenants.get(tenant)
      consoles?.delete(line.id)
      if (consoles?.size === 0) tenants.delete(tenant)
      if (tenants.size > 0) return
      cancelCheck?.()
      cancelCheck = undefined
    },
    answered(line, events) {
      const { tenant } = line.principal()
      const known = tenants.get(tenant)?.get(line.id)
      for (const { seq } of events) if (seq > (reached.get(tenant) ?? 0)) known?.answered.add(seq)
    },
    feed(tenant, partition, events) {
      undelivered.note(tenant, events)
      reached.set(tenant, events.at(-1)?.seq ?? 0)
      const consoles = tenants.get(tenant)
      if (!consoles) return
      const apart: string[] = []
      for (const one of consoles.values()) {
        const { line, answered } = one
        const rest = answered.size === 0 ? events : events.filter(({ seq }) => !answered.delete(seq))
        const last = rest.at(-1)
        const isBehind = line.isBehind()
        if (isBehind && last) {
          one.missed = last
          checkLater()
        } else if (last) one.missed = undefined
        if (!isBehind && rest.length === events.length) continue
        apart.push(line.id)
        if (!isBehind && last) line.emit('feed', frame(partition, rest))
      }
      if (apart.length < consoles.size) broadcast(roomOf(tenant), apart, 'feed', frame(partition, events))
    },
  }
}

const roomOf = (tenant: string): string => `feed ${tenant}`
