import type { EventView, Feed } from '@holdpoint/shared'
import type { StoredEvent } from '../store/store.ts'
import { eventView } from './fresh-views.ts'
import type { Line } from './line.ts'
import type { Undelivered } from './undelivered.ts'

/** The consoles that follow a tenant's feed. */
export interface Consoles {
  join(line: Line): void
  leave(line: Line): void
  /** This console has these events in an ack: its feed leaves them out. One that is late comes twice, never not at all. */
  answered(line: Line, events: readonly StoredEvent[]): void
  /** One frame for all, serialised once; but for those who caused a part of it. */
  feed(tenant: string, partition: string, events: readonly StoredEvent[]): void
}

/** Sends to everybody in a room but the connections named. */
export type Broadcast = (room: string, except: readonly string[], event: string, body: object) => void

interface Console {
  readonly line: Line
  /** Seqs that went out in acks and that the feed has not come by yet. */
  readonly answered: Set<number>
}

export function createConsoles(ports: {
  readonly storeEpoch: number
  readonly now: () => number
  readonly broadcast: Broadcast
  readonly undelivered: Undelivered
}): Consoles {
  const { storeEpoch, now, broadcast, undelivered } = ports
  const tenants = new Map<string, Map<string, Console>>()
  const reached = new Map<string, number>()

  const frame = (partition: string, events: readonly EventView[]): Feed => ({ storeEpoch, partition, events })

  return {
    join(line) {
      const { tenant } = line.principal()
      const consoles = tenants.get(tenant) ?? new Map<string, Console>()
      tenants.set(tenant, consoles)
      if (!consoles.has(line.id)) consoles.set(line.id, { line, answered: new Set() })
      line.join(roomOf(tenant))
    },
    leave(line) {
      const { tenant } = line.principal()
      const consoles = tenants.get(tenant)
      consoles?.delete(line.id)
      if (consoles?.size === 0) tenants.delete(tenant)
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
      const at = now()
      const views = events.map((event) => eventView(event, at))
      const apart: string[] = []
      for (const { line, answered } of consoles.values()) {
        if (answered.size === 0) continue
        const rest = views.filter(({ seq }) => !answered.delete(seq))
        if (rest.length === views.length) continue
        apart.push(line.id)
        if (rest.length > 0) line.emit('feed', frame(partition, rest))
      }
      if (apart.length < consoles.size) broadcast(roomOf(tenant), apart, 'feed', frame(partition, views))
    },
  }
}

const roomOf = (tenant: string): string => `feed ${tenant}`
