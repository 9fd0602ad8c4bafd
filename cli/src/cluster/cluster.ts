import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { counted, SECOND } from '@holdpoint/shared'
import { type BalancerPart, balancerPart } from './balancer.ts'
import { type NodePart, nodePart } from './node.ts'
import type { Part } from './part.ts'
import { choosePort, freePorts } from './ports.ts'
import { redisPart } from './redis.ts'

export interface ClusterOptions {
  /** Keys, Redis's files and everybody's logs. */
  readonly dataFolder: string
  readonly nodes: number
  readonly host: string
  /** The balancer's; 0: any free one. */
  readonly port: number
  /** For the nodes. */
  readonly env?: Readonly<Record<string, string>>
  /** Ends a start that is under way. */
  readonly signal: AbortSignal
  /** What happens meanwhile, a sentence each. */
  readonly report: (sentence: string) => void
}

/** Several nodes over one Redis behind one balancer, each a process of its own that is kept up. */
export interface Cluster extends AsyncDisposable {
  readonly address: string
  status(): Promise<ClusterStatus>
  /**
   * One node after the other: taken out of the balancer, drained, ended, started anew, put back. A node is only touched while
   * all others are ready. Throws where one does not come back; the others then go on as they are.
   */
  restart(nodes: readonly string[], report: (sentence: string) => void): Promise<void>
  close(): Promise<void>
}

export interface ClusterStatus {
  readonly address: string
  readonly dataFolder: string
  readonly parts: readonly PartStatus[]
}

export interface PartStatus {
  readonly name: string
  readonly state: string
  readonly pid: number | undefined
  readonly restarts: number
  readonly address: string
  /** Clients that the balancer has there. */
  readonly connections?: number
}

/** The folder below the data folder where the processes' files are. */
export const clusterFolder = (dataFolder: string): string => join(dataFolder, 'cluster')

/** How long clients of a node that went may take to come back elsewhere: they are told a second, and spread over half more. */
const SETTLE_MS = 2 * SECOND
const OTHERS_READY_WITHIN_MS = 30 * SECOND
const LOOK_EVERY_MS = 100

/** Throws with a sentence where one of the processes can't be started; nothing is left running then. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataFolder, host, signal, report } = options
  const port = await choosePort(host, options.port)
  // Where they are reached, for the links that they send, and for who asks whether it is them (ID5).
  const env = { HOLDPOINT_PUBLIC_URL: `http://${host}:${port}`, ...options.env }
  const folder = clusterFolder(dataFolder)
  const [redisPort = 0, ...ports] = await freePorts(options.nodes + 1)
  const password = randomBytes(24).toString('base64url')
  const redis = redisPart({ folder, port: redisPort, password, report })
  const redisUrl = `redis://:${password}@127.0.0.1:${redisPort}`
  const nodes = ports.map((nodePort, n) =>
    nodePart({ name: `node-${n + 1}`, port: nodePort, folder, dataFolder, redisUrl, env, report }),
  )
  const balancer = balancerPart({
    folder,
    host,
    port,
    nodes: nodes.map(({ name, url }) => ({ name, address: new URL(url).host })),
    report,
  })
  const address = `http://${host}:${port}`

  /** Clients first, so that they hear of it; the store last. */
  async function closeAll(): Promise<void> {
    await Promise.all(nodes.map((node) => node.stop()))
    await balancer.stop()
    await redis.stop()
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closeAll()
    return closing
  }

  const start = async (...parts: readonly Part[]): Promise<void> => {
    signal.throwIfAborted()
    await Promise.all(parts.map(started))
  }
  const interrupt = (): void => void close()
  signal.addEventListener('abort', interrupt)
  try {
    report('Starting Redis …')
    await start(redis)
    report(`Starting ${counted(nodes.length, 'node')} …`)
    // The first makes the keys that all sign with.
    await start(...nodes.slice(0, 1))
    await start(...nodes.slice(1))
    report('Starting the balancer …')
    await start(balancer)
    signal.throwIfAborted()
  } catch (error) {
    await close()
    throw error
  } finally {
    signal.removeEventListener('abort', interrupt)
  }

  return {
    address,
    status: async () => ({ address, dataFolder, parts: await statusOf({ redis, nodes, balancer, address }) }),
    async restart(names, tell) {
      for (const node of nodes.filter(({ name }) => names.length === 0 || names.includes(name)))
        await restartOne(node, nodes, balancer, tell)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function restartOne(
  node: NodePart,
  nodes: readonly NodePart[],
  balancer: BalancerPart,
  tell: (sentence: string) => void,
): Promise<void> {
  const others = nodes.filter((one) => one !== node)
  await allReady(others)
  tell(`${node.name}: draining …`)
  await balancer.takeOut(node.name)
  await node.stop()
  tell(`${node.name}: starting …`)
  await node.start()
  await balancer.putBack(node.name)
  // Whoever comes back elsewhere is to be in place before the next one goes.
  await sleep(SETTLE_MS)
  tell(`${node.name}: ready.`)
}

async function allReady(nodes: readonly NodePart[]): Promise<void> {
  const giveUpAt = performance.now() + OTHERS_READY_WITHIN_MS
  for (;;) {
    const found = await Promise.all(nodes.map(async (node) => ({ node, ...(await node.readiness()) })))
    const missing = found.filter(({ ready }) => !ready).map(({ node }) => node.name)
    if (missing.length === 0) return
    if (performance.now() > giveUpAt)
      throw new Error(
        `${missing.join(' and ')} is not ready, so no other node is taken away; see its log, and try again.`,
      )
    await sleep(LOOK_EVERY_MS)
  }
}

async function statusOf(of: {
  readonly redis: Part
  readonly nodes: readonly NodePart[]
  readonly balancer: BalancerPart
  readonly address: string
}): Promise<readonly PartStatus[]> {
  const connections = await of.balancer.connections()
  const nodes = of.nodes.map(async (node): Promise<PartStatus> => {
    const { state } = await node.readiness()
    const { name, pid, restarts, url } = node
    return { name, state, pid, restarts, address: url, connections: connections.get(name) ?? 0 }
  })
  const other = ({ name, pid, restarts }: Part, address: string): PartStatus => ({
    name,
    state: pid === undefined ? 'down' : 'ready',
    pid,
    restarts,
    address,
  })
  return [
    other(of.balancer, of.address),
    ...(await Promise.all(nodes)),
    other(of.redis, 'for the nodes alone'),
  ]
}

/** A program that is missing is the likeliest reason. */
async function started(part: Part): Promise<void> {
  try {
    await part.start()
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw error
    throw new Error(
      `The cluster needs redis-server and haproxy, and there is no ${path}: install it (Debian and Ubuntu: "sudo apt-get install redis-server haproxy").`,
      { cause: error },
    )
  }
}
