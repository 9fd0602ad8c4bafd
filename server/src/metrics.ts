import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What `/metrics` shows, read when it is asked for where it can be. */
export interface Metrics {
  readonly registry: Registry
  /** One request was answered with `ok` or an error's code. */
  answered(space: string, name: string, code: string): void
  /** One try to tell somebody something, by channel. */
  messageTried(channel: string, outcome: string): void
  /** One commit took this long, in ms. */
  committed(tookMs: number): void
  close(): void
}

export interface Gauges {
  readonly connections: () => Readonly<Record<string, number>>
  /** Committed and not yet published events. */
  readonly feedLag: () => number
  readonly store: () => Readonly<Record<string, number>>
  /** Open records of all tenants, by kind. */
  readonly openItems: () => Promise<Readonly<Record<string, number>>>
}

export function createMetrics(
  { connections, feedLag, store, openItems }: Gauges,
  isRequest: (space: string, name: string) => boolean,
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()

  const requests = new Counter({
    name: 'holdpoint_requests_total',
    help: 'Requests answered, by namespace, request and code.',
    labelNames: ['space', 'request', 'code'],
    registers,
  })
  const messages = new Counter({
    name: 'holdpoint_messages_total',
    help: 'Tries to tell people something, by channel and outcome: delivered, retry, failed or gone.',
    labelNames: ['channel', 'outcome'],
    registers,
  })
  const commits = new Histogram({
    name: 'holdpoint_commit_seconds',
    help: 'How long a commit took until it was durable.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
    registers,
  })
  new Gauge({
    name: 'holdpoint_sockets',
    help: 'Open connections, by namespace.',
    labelNames: ['space'],
    registers,
    collect() {
      for (const [space, count] of Object.entries(connections())) this.set({ space }, count)
    },
  })
  new Gauge({
    name: 'holdpoint_feed_lag_events',
    help: 'Events that are committed and not yet published by this node.',
    registers,
    collect() {
      this.set(feedLag())
    },
  })
  new Gauge({
    name: 'holdpoint_store',
    help: 'What the store counts about itself.',
    labelNames: ['what'],
    registers,
    collect() {
      for (const [what, count] of Object.entries(store())) this.set({ what }, count)
    },
  })
  new Gauge({
    name: 'holdpoint_open_items',
    help: 'Open approvals, tickets, instructions, orders and runs.',
    labelNames: ['kind'],
    registers,
    async collect() {
      // those that can't be counted must not keep the others from being shown, which say why, nor stand as they were
      this.reset()
      const open = await openItems().catch(() => ({}))
      for (const [kind, count] of Object.entries(open)) this.set({ kind }, count)
    },
  })
  new Gauge({
    name: 'holdpoint_event_loop_delay_seconds',
    help: 'How late the event loop was since the last look, 99th percentile.',
    registers,
    collect() {
      this.set(delay.percentile(99) / 1e9 || 0)
      delay.reset()
    },
  })

  return {
    registry,
    answered(space, name, code) {
      // a client's own word must not become a label: there would be no end of them
      requests.inc({ space, request: isRequest(space, name) ? name : 'unknown', code })
    },
    messageTried(channel, outcome) {
      messages.inc({ channel, outcome })
    },
    committed(tookMs) {
      commits.observe(tookMs / 1_000)
    },
    close() {
      delay.disable()
      registry.clear()
    },
  }
}
