import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorClient } from '@holdpoint/client/operator'
import { expect, it } from 'vitest'
import { serverProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'
import { crowd, names } from './crowd.ts'
import { expectBound } from './expect-bound.ts'
import { seedOf } from './expect-work.ts'
import { BOUND_MS, LEASE_MS, stopBehindProxy } from './stop-bound.ts'

it('[AG4] a stop binds within lease, 0.2 % and 50 ms where the connection is swallowed (10 trials)', async () => {
  expectBound(await stopBehindProxy({ trials: 10, atOnce: 5, seed: seedOf('stop-bound') }), 10)
})

it('[AG5] [PR6] without its server an agent halts within the lease, and goes on by itself when it is back', async () => {
  await using server = await serverProcess()
  await server.start()
  await using agents = await crowd({ server, agents: names('orphan', 10), leaseMs: LEASE_MS })
  await agents.allUp()
  await until('all have stepped', async () => (await agents.look()).every(({ steps }) => steps > 0))
  await server.kill()
  const killedAt = Date.now()
  await sleep(BOUND_MS * 2)
  const halted = await agents.look()
  for (const { lastStepAt, canContinue } of halted) {
    expect(canContinue).toBe(false)
    expect(lastStepAt - killedAt).toBeLessThan(BOUND_MS)
  }
  await server.start()
  const backAt = Date.now()
  const went = await until(
    'all go on',
    async () => {
      const members = await agents.look()
      return members.every(({ lastStepAt }) => lastStepAt > backAt) && members
    },
    { withinMs: 20_000 },
  )
  console.log(
    `halted ${Math.max(...halted.map(({ lastStepAt }) => lastStepAt)) - killedAt} ms after the kill at the latest`,
  )
  expect(agents.aborted.size).toBe(0)
  expect(new Map(went.map(({ agent, epoch }) => [agent, epoch]))).toEqual(agents.up)
  await using ana = new OperatorClient({ url: server.url, token: await server.token('viewer', 'ana') })
  const { events } = await ana.history({ type: 'agent.started', limit: 100 })
  expect(events).toHaveLength(agents.agents.length)
})
