import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ControlPlane,
  type ControlPlaneParts,
  issueToken,
  type Keys,
  type NotifyConfig,
  openKeys,
  type RedisConfig,
  startControlPlane,
  systemClock,
} from '@holdpoint/server'
import { HOUR, newId } from '@holdpoint/shared'
import type { TokenOptions } from './control-plane.ts'
import { prepareKeys } from './prepared-keys.ts'
import { openRawSocket, type RawSocket } from './raw-socket.ts'
import type { TestRedis } from './redis-server.ts'

export interface NodeOptions {
  /** Reached instead of the cluster's Redis: a proxy before it. */
  readonly redisUrl?: string
  readonly redis?: Partial<RedisConfig>
  readonly keysFolder?: string
  readonly parts?: ControlPlaneParts
  readonly notify?: NotifyConfig
}

/** One node of a cluster, in this process. */
export interface Node {
  readonly name: string
  readonly url: string
  readonly controlPlane: ControlPlane
  agentSocket(who: TokenOptions): Promise<RawSocket>
  operatorSocket(who?: Partial<TokenOptions>): Promise<RawSocket>
  connect(namespace: '/agent' | '/operator', auth: object): Promise<RawSocket>
  stop(): Promise<void>
}

/** Whole control planes in this process, over one Redis and with one set of keys; they end with the test. */
export interface Cluster extends AsyncDisposable {
  readonly prefix: string
  readonly keys: Keys
  /** The folder that its nodes share. */
  readonly keysFolder: string
  node(options?: NodeOptions): Promise<Node>
  token(who: TokenOptions): Promise<string>
}

export async function clusterOn(redis: TestRedis): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-nodes-'))
  const prefix = `test-${newId()}:`
  const keysFolder = join(folder, 'keys')
  await prepareKeys(keysFolder)
  const keys = await openKeys(keysFolder)
  const nodes: Node[] = []

  const token = async ({
    subject,
    role = 'agent',
    tenant = 'default',
    ttlMs = HOUR,
    ...more
  }: TokenOptions) => {
    const { owner, labels } = more
    const issued = await issueToken(keys, { tenant, subject, role, ttlMs, owner, labels, clock: systemClock })
    if (!issued.ok) throw new Error(issued.error.message)
    return issued.value
  }

  async function node(options: NodeOptions = {}): Promise<Node> {
    const name = `n${nodes.length + 1}`
    const controlPlane = await startControlPlane(
      {
        dataFolder: join(folder, name),
        keysFolder: options.keysFolder ?? keysFolder,
        host: '127.0.0.1',
        port: 0,
        origins: [],
        logLevel: process.env.HOLDPOINT_LOG_LEVEL ? 'debug' : 'silent',
        nodeName: name,
        ...(options.notify && { notify: options.notify }),
        redis: { url: options.redisUrl ?? redis.url, prefix, replicas: 0, ...options.redis },
      },
      options.parts,
    )
    const sockets = new Set<RawSocket>()
    const connect = async (namespace: '/agent' | '/operator', auth: object): Promise<RawSocket> => {
      const socket = await openRawSocket(controlPlane.address, namespace, auth)
      sockets.add(socket)
      return socket
    }
    let stopping: Promise<void> | undefined
    const opened: Node = {
      name,
      url: controlPlane.address,
      controlPlane,
      connect,
      agentSocket: async (who) => connect('/agent', { token: await token(who), protocol: 1 }),
      operatorSocket: async ({ subject = 'ana', role = 'admin', ...who } = {}) =>
        connect('/operator', { token: await token({ subject, role, ...who }), protocol: 1 }),
      stop() {
        for (const socket of sockets) socket.close()
        stopping ??= controlPlane.close()
        return stopping
      },
    }
    nodes.push(opened)
    return opened
  }

  return {
    prefix,
    keys,
    keysFolder,
    node,
    token,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((one) => one.stop()))
      await redis.clear(prefix)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
