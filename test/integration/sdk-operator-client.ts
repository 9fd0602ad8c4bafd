/** A console's client on a scripted server, and what such a server says to it. */
import { type Clocks, OperatorClient, type OperatorClientOptions } from '@holdpoint/client/operator'
import { digestOf, type EventView } from '@holdpoint/shared'
import { vi } from 'vitest'
import type { ScriptedServer } from './sdk-scripted-server.ts'

export const until = (check: () => void) => vi.waitFor(check, { timeout: 25_000, interval: 5 })

export const connect = ({ url }: ScriptedServer, options: Partial<OperatorClientOptions> = {}) =>
  new OperatorClient({ url, token: 'token', ...options })

export async function ready(server: ScriptedServer, options?: Partial<OperatorClientOptions>) {
  const client = connect(server, options)
  await client.ready()
  return client
}

/** Clocks whose timers fire fifty times as early. */
export const hasty: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(delayMs, wake) {
    const timer = setTimeout(wake, delayMs / 50)
    return () => clearTimeout(timer)
  },
}

export const approval = (id: string, status = 'pending') =>
  ({ id, status, revision: 1, digest: digestOf(id) }) as never
export const event = (seq: number, data: Record<string, unknown> = {}): EventView => ({
  seq,
  at: '',
  type: 'a.b',
  data,
})
export const feed = (server: ScriptedServer, ...events: EventView[]) =>
  server.emit('feed', { storeEpoch: 1, partition: 'p', events })
export const page = (seq: number, more: object = {}) => ({
  events: [],
  cursor: `c${seq}`,
  more: false,
  storeEpoch: 1,
  partition: 'p',
  seq,
  ...more,
})
export const snapshot = (...ids: string[]) => ({
  approvals: ids.map((id) => approval(id)),
  tickets: [],
  orders: [],
  counts: { agents: 2, approvals: ids.length, tickets: 0 },
})
