import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../harness/random.ts'
import { type ServerOptions, serverProcess } from '../harness/server-process.ts'
import { readChain } from './read-chain.ts'
import { shortTimeouts } from './short-timeouts.ts'
import { actsIn, type Chaos, type Counts, requestsIn, runWorkload } from './workload.ts'

export interface ServerChaosOptions {
  readonly seed: number
  /** How often the server is killed, at least. */
  readonly kills: number
  /** Goes on until agents have asked for this many actions, and done so many, too: a slow machine needs more kills for as much work. */
  readonly work?: { readonly requests: number; readonly acts: number }
  /** How long it lives before each, at random between these, ms. */
  readonly lifeMs: readonly [number, number]
  readonly server?: ServerOptions
  /** Begins nothing new after this, kills or none; ms. */
  readonly budgetMs?: number
  /** How long everything may take to come to rest, ms. */
  readonly restWithinMs?: number
}

export interface ServerChaos extends Chaos {
  readonly counts: Counts & { readonly serverKills: number }
}

const AGENTS = ['red-1', 'red-2', 'blue-1', 'blue-2']
const LONGER = 4

/** One server on an embedded store, that is killed again and again at random moments, as are its agents. */
export async function runChaos(options: ServerChaosOptions): Promise<ServerChaos> {
  const { seed, kills, work, lifeMs, restWithinMs = 30_000 } = options
  const { budgetMs = Number.POSITIVE_INFINITY } = options
  const chance = random(seed)
  await using server = await serverProcess({
    ...options.server,
    alterations: [...shortTimeouts, ...(options.server?.alterations ?? [])],
  })
  await server.start()
  let serverKills = 0
  const restart = async (): Promise<void> => {
    await server.kill()
    serverKills += 1
    await server.start()
  }
  const chaos = await runWorkload(
    {
      url: server.url,
      token: server.token,
      restart,
      async endAndReadChain() {
        await server.stop()
        return readChain(server.folder)
      },
    },
    {
      seed: chance.between(1, 1e9),
      agents: AGENTS,
      workers: 5,
      decideEveryMs: [5, 60],
      interveneEveryMs: [50, 400],
      restWithinMs,
      async disturb(fleet) {
        const startedAt = performance.now()
        const workIsLeft = (): boolean => {
          if (!work) return false
          const done = fleet.observations().flat()
          return requestsIn(done) < work.requests || actsIn(done) < work.acts
        }
        while ((serverKills < kills || workIsLeft()) && performance.now() - startedAt < budgetMs) {
          // Killed often enough: what is left is work, of which a longer life does more.
          await sleep(chance.between(...lifeMs) * (serverKills < kills ? 1 : LONGER))
          if (chance.chance(0.4)) void fleet.killOne()
          await restart()
        }
        await sleep(chance.between(...lifeMs))
      },
    },
  )
  return { ...chaos, counts: { ...chaos.counts, serverKills } }
}
