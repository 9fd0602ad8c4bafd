import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueToken, openKeys, systemClock } from '@holdpoint/server'
import { HOUR, MINUTE, type Role } from '@holdpoint/shared'
import { type BalancerProcess, startBalancer } from './balancer-process.ts'
import { prepareKeys } from './prepared-keys.ts'
import { type RedisProcess, startRedis } from './redis-server.ts'
import { type Alteration, type ServerProcess, serverProcess } from './server-process.ts'
import { type SwallowingProxy, swallowingProxy } from './swallowing-proxy.ts'
import { until } from './until.ts'

/**
 * Nodes in processes of their own over one real Redis, behind a real balancer, each reached and each reaching Redis through a
 * proxy that can play dead.
 */
export interface NodeCluster extends AsyncDisposable {
  /** The balancer's. */
  readonly url: string
  readonly redis: RedisProcess
  readonly balancer: BalancerProcess
  readonly nodes: readonly ClusterNode[]
  token(role: Role, subject: string, labels?: Readonly<Record<string, string>>): Promise<string>
}

export interface ClusterNode extends Pick<ServerProcess, 'start' | 'kill' | 'stop' | 'isUp'> {
  readonly name: string
  /** Past the balancer and the proxy. */
  readonly url: string
  readonly pid: number
  readonly clients: SwallowingProxy
  readonly redis: SwallowingProxy
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Puts its wall clock off by so much against everybody else's; its monotonic clock goes on. */
  setClockOff(ms: number): void
}

const STARTS = 5
const TOKEN_TTL_MS = 12 * HOUR
/** Tokens are older than any clock here is put back, so that every node believes them. */
const TOKEN_AGE_MS = 10 * MINUTE

/** Lets a node's wall clock be moved from outside: what ships has no switch for it. */
const movableClock: readonly Alteration[] = [
  {
    module: 'server/dist/clock.js',
    from: 'export const systemClock = {',
    to: "let off = 0\nprocess.on('message', (ms) => { off = ms })\nexport const systemClock = {",
  },
  { module: 'server/dist/clock.js', from: 'now: () => Date.now(),', to: 'now: () => Date.now() + off,' },
]

/** As whatever keeps nodes up would: one that did not reach its store in time while it started is started again. */
async function persistently(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await start()
    } catch (error) {
      if (tries === STARTS) throw error
    }
  }
}

export async function nodeCluster(options: {
  readonly nodes: number
  readonly alterations?: readonly Alteration[]
  readonly env?: Readonly<Record<string, string>>
}): Promise<NodeCluster> {
  const open: AsyncDisposable[] = []
  const use = <T extends AsyncDisposable>(one: T): T => {
    open.push(one)
    return one
  }
  const end = async (): Promise<void> => {
    for (const one of open.toReversed()) await one[Symbol.asyncDispose]()
    rmSync(keysFolder, { recursive: true, force: true })
  }
  const keysFolder = mkdtempSync(join(tmpdir(), 'holdpoint-keys-'))
  await prepareKeys(keysFolder)
  const keys = await openKeys(keysFolder)
  const redis = use(await startRedis('--maxmemory-policy', 'noeviction'))
  const nodes: ClusterNode[] = []
  for (let n = 1; n <= options.nodes; n++) {
    const name = `node-${n}`
    const toRedis = use(await swallowingProxy(redis.port))
    const server = use(
      await serverProcess({
        alterations: [...movableClock, ...(options.alterations ?? [])],
        env: {
          HOLDPOINT_NODE_NAME: name,
          HOLDPOINT_KEYS: keysFolder,
          HOLDPOINT_REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
          HOLDPOINT_REDIS_STRICT: 'always',
          ...options.env,
        },
      }),
    )
    const clients = use(await swallowingProxy(server.port))
    await persistently(server.start)
    nodes.push({
      name,
      url: server.url,
      clients,
      redis: toRedis,
      start: () => persistently(server.start),
      kill: server.kill,
      stop: server.stop,
      get isUp() {
        return server.isUp
      },
      get pid() {
        return server.pid
      },
      signal: (signal) => void process.kill(server.pid, signal),
      setClockOff: (ms) => server.send(ms),
    })
  }
  const balancer = use(await startBalancer(nodes.map(({ clients }) => `127.0.0.1:${clients.port}`)))
  await until(
    'the balancer passes on',
    async () => (await fetch(`${balancer.url}/readyz`).catch(() => undefined))?.ok,
    {
      withinMs: 20_000,
    },
  )
  return {
    url: balancer.url,
    redis,
    balancer,
    nodes,
    async token(role, subject, labels) {
      const now = () => systemClock.now() - TOKEN_AGE_MS
      const token = await issueToken(keys, {
        tenant: 'default',
        subject,
        role,
        labels,
        ttlMs: TOKEN_TTL_MS,
        clock: { ...systemClock, now },
      })
      if (!token.ok) throw new Error(token.error.message)
      return token.value
    },
    [Symbol.asyncDispose]: end,
  }
}
