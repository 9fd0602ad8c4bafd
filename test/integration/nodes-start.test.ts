import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { logLines } from '../harness/log-lines.ts'
import { clusterOn } from '../harness/nodes.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'

let redis: RedisProcess
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

it('[PR1] a node shows on /readyz what its Redis promises', async () => {
  await using cluster = await clusterOn(redis)
  const node = await cluster.node()
  const ready = await fetch(`${node.url}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    status: 'ready',
    writable: true,
    store: { kind: 'redis', appendonly: 'yes', appendfsync: 'always', maxmemoryPolicy: 'noeviction' },
  })
})

it('[PR1] strict: a node does not start on a Redis that promises less', async () => {
  await redis.send('CONFIG', 'SET', 'appendfsync', 'everysec')
  try {
    await using cluster = await clusterOn(redis)
    await expect(cluster.node({ redis: { strict: 'always' } })).rejects.toThrow(/appendfsync is everysec/)
    await expect(cluster.node({ redis: { strict: 'everysec', replicas: 1 } })).rejects.toThrow(/0 replicas/)
    await cluster.node({ redis: { strict: 'everysec' } })
  } finally {
    await redis.send('CONFIG', 'SET', 'appendfsync', 'always')
  }
})

it('[PR1] a node says in its log what its Redis does not promise, where nobody demanded it', async () => {
  await using cluster = await clusterOn(redis)
  const whole = logLines()
  await cluster.node({ parts: { logger: whole.logger } })
  expect(whole.lines.filter((line) => line.includes('promises'))).toEqual([])
  await redis.send('CONFIG', 'SET', 'appendfsync', 'everysec')
  try {
    const less = logLines()
    await cluster.node({ parts: { logger: less.logger } })
    expect(less.lines).toContainEqual(
      expect.stringMatching(/^warn Redis promises less .*: appendfsync is everysec, not always$/),
    )
    // one that had what it wanted, and is connected to another Redis now, or to one that is set up otherwise
    await redis.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    const told = () => whole.lines.filter((line) => line.includes('promises'))
    await until('it is told', () => told().length > 0)
    expect(told()).toEqual([expect.stringMatching(/: appendfsync is everysec, not always$/)])
  } finally {
    await redis.send('CONFIG', 'SET', 'appendfsync', 'always')
  }
})

it('[ID1] a node with other keys than the rest does not start', async () => {
  const own = await mkdtemp(join(tmpdir(), 'holdpoint-other-keys-'))
  try {
    await using cluster = await clusterOn(redis)
    await cluster.node()
    await expect(cluster.node({ keysFolder: own })).rejects.toThrow(/keys\.json/)
    // with the signing keys alone it could not check second factors
    await copyFile(join(cluster.keysFolder, 'keys.json'), join(own, 'keys.json'))
    await expect(cluster.node({ keysFolder: own })).rejects.toThrow(/sealing\.json/)
    await copyFile(join(cluster.keysFolder, 'sealing.json'), join(own, 'sealing.json'))
    await cluster.node({ keysFolder: own })
  } finally {
    await rm(own, { recursive: true })
  }
})
