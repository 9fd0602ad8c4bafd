import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterNode, NodeCluster } from '../harness/node-cluster.ts'
import type { Random } from '../harness/random.ts'
import type { Swallowing } from '../harness/swallowing-proxy.ts'

/** Something that goes wrong, for a while; everything is mended when it resolves. */
export type Fault = (cluster: NodeCluster, chance: Random) => Promise<void>

/** How long most of them last, at random between these. Unit: ms. */
const LASTS_MS = [200, 3_000] as const

const WAYS: readonly Swallowing[] = ['both', 'towards-agent', 'towards-server']

const lasting = (chance: Random): Promise<void> => sleep(chance.between(...LASTS_MS))

async function frozen(cluster: NodeCluster, chance: Random): Promise<void> {
  const node = chance.pick(cluster.nodes)
  if (!node.isUp) return
  const { pid } = node
  node.signal('SIGSTOP')
  await lasting(chance)
  if (node.pid === pid && node.isUp) node.signal('SIGCONT')
}

const cut =
  (which: (node: ClusterNode) => ClusterNode['clients'], ways: readonly Swallowing[] = WAYS): Fault =>
  async (cluster, chance) => {
    const proxy = which(chance.pick(cluster.nodes))
    proxy.swallow(chance.pick(ways))
    await lasting(chance)
    proxy.heal()
  }

async function cutAllFromRedis(cluster: NodeCluster, chance: Random): Promise<void> {
  for (const { redis } of cluster.nodes) redis.swallow('both')
  await lasting(chance)
  for (const { redis } of cluster.nodes) redis.heal()
}

async function clockOff(cluster: NodeCluster, chance: Random): Promise<void> {
  const node = chance.pick(cluster.nodes)
  node.setClockOff(chance.pick([-300_000, -5_000, -500, 500, 5_000, 300_000]))
  await lasting(chance)
  node.setClockOff(0)
}

/** By name, as they are counted. Those of nodes' and Redis's deaths wait until what died is back. */
export const faults: Readonly<Record<string, Fault>> = {
  async 'a node is killed'(cluster, chance) {
    const node = chance.pick(cluster.nodes)
    await node.kill()
    await sleep(chance.between(0, 1_000))
    await node.start()
  },
  async 'a node is asked to end'(cluster, chance) {
    const node = chance.pick(cluster.nodes)
    await node.stop()
    await node.start()
  },
  'a node is frozen': frozen,
  async 'Redis is killed, and reads its append-only file'({ redis }, chance) {
    await redis.signal('SIGKILL')
    await sleep(chance.between(0, 1_000))
    await redis.restart()
  },
  async 'Redis is frozen'({ redis }, chance) {
    await redis.signal('SIGSTOP')
    await lasting(chance)
    await redis.signal('SIGCONT')
  },
  async 'Redis drops every connection'({ redis }) {
    await redis.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await redis.send('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes')
  },
  async 'Redis forgets the scripts'({ redis }) {
    await redis.send('SCRIPT', 'FLUSH')
  },
  'a node and Redis are cut apart': cut(({ redis }) => redis, ['both']),
  'Redis hears a node, but is not heard': cut(({ redis }) => redis, ['towards-agent']),
  'a node hears Redis, but is not heard': cut(({ redis }) => redis, ['towards-server']),
  'all nodes are cut from Redis': cutAllFromRedis,
  'a node and its clients are cut apart': cut(({ clients }) => clients, ['both']),
  'a node and its clients are cut apart one way': cut(
    ({ clients }) => clients,
    ['towards-agent', 'towards-server'],
  ),
  "a node's clock jumps": clockOff,
  async 'the balancer is killed'({ balancer }) {
    await balancer.restart()
  },
}
