/** What is measured, and beside it what does the same hops and keeps nothing; see README.md. */
import { execFileSync } from 'node:child_process'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { type Driver, driveHoldpoint, driveRelay } from './round-trips.ts'
import { type HoldpointServer, SERVER_CORE, startHoldpoint, startRelay } from './servers.ts'
import { tokenMaker } from './tokens.ts'

/** One side of a comparison: how it is driven, and what its servers use. */
export interface Side {
  readonly driver: Driver
  /** CPU time of its servers so far, Redis left out, ms. */
  cpuMs(): number
}

export interface Stage extends AsyncDisposable {
  readonly ours: Side
  readonly bare: Side
  /** The servers of both, to count changes and fsyncs. */
  readonly nodes: readonly HoldpointServer[]
  readonly redis: RedisProcess | undefined
}

export const stageNames = ['embedded', 'everysec', 'always', 'nodes'] as const
export type StageName = (typeof stageNames)[number]

/** `nodes`: all agents are on the one node, the console is on the other. */
export async function openStage(name: StageName, pinned: boolean): Promise<Stage> {
  const opened: AsyncDisposable[] = []
  const keep = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one)
    return one
  }
  const close = async (): Promise<void> => {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
  }
  try {
    const redis =
      name === 'embedded'
        ? undefined
        : keep(await startRedis('--appendfsync', name === 'everysec' ? 'everysec' : 'always'))
    if (redis && pinned) execFileSync('taskset', ['-acp', String(SERVER_CORE), String(redis.pid)])
    const env: Readonly<Record<string, string>> = redis ? { HOLDPOINT_REDIS_URL: redis.url } : {}
    const node = keep(await startHoldpoint(pinned, env))
    const nodes = [node]
    if (name === 'nodes')
      nodes.push(keep(await startHoldpoint(pinned, { ...env, HOLDPOINT_KEYS: node.server.folder })))
    const relays = [keep(await startRelay(pinned, redis && name === 'nodes' ? { REDIS_URL: redis.url } : {}))]
    if (redis && name === 'nodes') relays.push(keep(await startRelay(pinned, { REDIS_URL: redis.url })))
    const [agents, console] = [node.server.url, (nodes.at(-1) ?? node).server.url]
    const bareAt = { agents: relays[0]?.url ?? '', console: relays.at(-1)?.url ?? '' }
    const ours = keep(await driveHoldpoint({ agents, console }, await tokenMaker(node.server.folder)))
    const bare = keep(await driveRelay(bareAt))
    const cpuOf = (all: readonly { cpuMs(): number }[]) => () =>
      all.reduce((sum, one) => sum + one.cpuMs(), 0)
    return {
      ours: { driver: ours, cpuMs: cpuOf(nodes) },
      bare: { driver: bare, cpuMs: cpuOf(relays) },
      nodes,
      redis,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
