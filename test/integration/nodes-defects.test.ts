import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { clusterOn } from '../harness/nodes.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { startRedis } from '../harness/redis-server.ts'

/** Of another type than what is read there: Redis refuses that whatever its state, as it does a mistake of a script. */
const IN_THE_WAY = 'of another type'

describe('a defect in what is asked of Redis', () => {
  it('[PR2] behind a commit, in what its answer needs, leaves the outcome unknown to whoever asked: it was done', async () => {
    await using redis = await startRedis()
    await using cluster = await clusterOn(redis)
    const logged: string[] = []
    const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) })
    const node = await cluster.node({ parts: { logger } })
    const agent = await startAgent(await node.agentSocket({ subject: 'worker' }))
    const ana = await node.operatorSocket()
    const { approval } = await agent.ask('send_email', { to: 'x' })
    await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
    const blob = `${cluster.prefix}{default/0}:blob:${approval.digest}`
    const bytes = String(await redis.send('GET', blob))
    await redis.send('DEL', blob)
    await redis.send('LPUSH', blob, IN_THE_WAY)
    const key = freshKey()
    expect(await agent.begin(approval, { key })).toMatchObject({ ok: false, error: { code: 'unknown' } })
    expect(logged.join('')).toContain('WRONGTYPE')
    await redis.send('SET', blob, bytes)
    expect(await agent.begin(approval, { key })).toMatchObject({ ok: true, canonical: bytes })
    const { events } = await ana.must('history.list', { type: 'action.begun', limit: 10 })
    expect(events).toHaveLength(1)
  })

  it('[PR1] keeps neither readiness nor the numbers from being told', async () => {
    await using redis = await startRedis()
    await using cluster = await clusterOn(redis)
    const node = await cluster.node()
    await startAgent(await node.agentSocket({ subject: 'worker' }))
    const read = async (path: string) => {
      const answer = await fetch(`${node.url}${path}`)
      return { status: answer.status, text: await answer.text() }
    }
    expect((await read('/metrics')).text).toContain('holdpoint_open_items{kind="run"} 1')
    const tenants = `${cluster.prefix}tenants`
    await redis.send('DEL', tenants)
    await redis.send('SET', tenants, IN_THE_WAY)
    const ready = await read('/readyz')
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.text)).toMatchObject({
      status: 'not_ready',
      reason: 'The check itself failed; the log says why.',
    })
    const { status, text } = await read('/metrics')
    expect(status).toBe(200)
    // what can not be read is not shown as it was
    expect(text).not.toContain('holdpoint_open_items{')
    expect(text).toMatch(/holdpoint_store\{what="defects"\} [1-9]/)
    await redis.signal('SIGKILL')
    expect((await read('/metrics')).status).toBe(200)
    await redis.restart()
  })
})
