import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorClient } from '@holdpoint/client/operator'
import { random } from '../harness/random.ts'
import { serverProcess } from '../harness/server-process.ts'
import { type Swallowing, swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'
import { crowd, names } from './crowd.ts'

export const LEASE_MS = 1_000
/** AG4: L + 0.2 % + 50 ms. */
export const BOUND_MS = LEASE_MS * 1.002 + 50

/** One agent, stopped while its connection was swallowed. */
export interface Trial {
  readonly agent: string
  readonly swallowed: Swallowing
  /** From the stop's commit, as late as its operator could know of it, to the last step that was begun, ms. */
  readonly lastStepAfterMs: number
  /** It went on for a while after its connection was swallowed: that it halted was the lease's doing. */
  readonly steppedOn: boolean
  /** How it learned of the stop, once its connection was back. */
  readonly ended: string | undefined
}

/** As many trials as asked for, some at a time: agents behind a proxy that swallows, each stopped at a random moment. */
export async function stopBehindProxy(options: {
  readonly trials: number
  readonly atOnce: number
  readonly seed: number
}): Promise<readonly Trial[]> {
  const chance = random(options.seed)
  await using server = await serverProcess()
  await server.start()
  await using ana = new OperatorClient({ url: server.url, token: await server.token('admin', 'ana') })
  await ana.ready()
  const trials: Trial[] = []
  for (let batch = 0; trials.length < options.trials; batch++) {
    await using proxy = await swallowingProxy(server.port)
    const agents = names(`cut-${batch}`, Math.min(options.atOnce, options.trials - trials.length))
    await using cut = await crowd({ server, agents, leaseMs: LEASE_MS, url: proxy.url })
    await cut.allUp()
    await until('all have stepped', async () => (await cut.look()).every(({ steps }) => steps > 0))
    // At any moment of a renewal's third.
    await sleep(chance.between(0, LEASE_MS / 3))
    const swallowed: Swallowing = chance.pick(['both', 'towards-agent'])
    proxy.swallow(swallowed)
    const swallowedAt = Date.now()
    const committedAt = new Map<string, number>()
    await Promise.all(
      agents.map(async (agent) => {
        await sleep(chance.between(0, LEASE_MS / 2))
        await ana.stop(agent, 'cut off')
        committedAt.set(agent, Date.now())
      }),
    )
    const last = Math.max(...committedAt.values())
    await sleep(last + BOUND_MS * 2 - Date.now())
    const seen = await cut.look()
    proxy.heal()
    await until('all have heard of it', () => agents.every((agent) => cut.aborted.has(agent)), {
      withinMs: 20_000,
    })
    for (const { agent, lastStepAt } of seen)
      trials.push({
        agent,
        swallowed,
        lastStepAfterMs: lastStepAt - (committedAt.get(agent) ?? 0),
        steppedOn: lastStepAt > swallowedAt + LEASE_MS / 4,
        ended: cut.aborted.get(agent)?.ended,
      })
  }
  return trials
}
