import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

const payments = { labels: 'team=payments' }

describe('whose labels count', () => {
  it('[AG7] [ID2] a token renewed to other labels comes under the orders for them at once', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({ role: 'admin' })
    await ana.must('agent.stop', { key: freshKey(), target: payments, reason: 'audit' })
    expect(await agent.ask('read_file', {})).toMatchObject({ verdict: 'go' })
    const token = await cp.token({ role: 'agent', subject: 'worker', labels: { team: 'payments' } })
    expect(await agent.socket.request('auth.refresh', { token })).toMatchObject({
      state: 'stopped',
      ttlMs: 0,
    })
    expect(await agent.ask('read_file', { again: true })).toMatchObject({ error: { code: 'agent_stopped' } })
  })
  it('[AG7] a second connection with other labels frees nobody', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker', labels: { team: 'payments' } }))
    const ana = await cp.operatorSocket({ role: 'admin' })
    await ana.must('agent.pause', { key: freshKey(), target: payments, reason: 'audit' })
    const { order } = await ana.must('agent.pause', {
      key: freshKey(),
      target: { labels: 'x=y' },
      reason: 'other',
    })
    await ana.must('order.lift', { key: freshKey(), id: order.id, reason: 'done' })
    const other = await cp.agentSocket({ subject: 'worker' })
    const start = { key: freshKey(), instance: 'instance-b' }
    expect(await other.request('run.start', start)).toMatchObject({ error: { code: 'conflict' } })
    expect(await agent.send('lease.renew', { after: 0, key: undefined })).toMatchObject({
      state: 'paused',
      ttlMs: 0,
    })
  })
})

describe('children', () => {
  it('[AG8] nothing starts below a locked agent', async () => {
    await using cp = await controlPlane()
    await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({ role: 'admin' })
    await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' })
    const child = await cp.agentSocket({ subject: 'worker' })
    const start = { key: freshKey(), instance: 'instance-b', agent: 'worker/again' }
    expect(await child.request('run.start', start)).toMatchObject({ error: { code: 'agent_locked' } })
  })
  it('[AP14] are capped per token', async () => {
    await using cp = await controlPlane()
    const start = async (n: number) => {
      const socket = await cp.agentSocket({ subject: 'worker' })
      const answer = await socket.request('run.start', {
        key: freshKey(),
        instance: 'instance-b',
        agent: `worker/${n}`,
      })
      socket.close()
      return answer
    }
    for (let n = 0; n < 500; n++) expect(await start(n)).toMatchObject({ ok: true })
    expect(await start(500)).toMatchObject({ error: { code: 'rate_limited' } })
    expect(await start(7)).toMatchObject({ error: { code: 'conflict' } })
  })
})

describe('keys asked again', () => {
  it('[AP9] a leave to go is not given again to an agent that was stopped since', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const request = () => agent.ask('read_file', {}, { key: 'the-read' })
    expect(await request()).toMatchObject({ verdict: 'go' })
    expect(await request()).toMatchObject({ verdict: 'go', replayed: true })
    await ana.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'wait' })
    expect(await request()).toMatchObject({ error: { code: 'paused' } })
    await ana.must('agent.resume', { key: freshKey(), target: { agent: 'worker' } })
    expect(await request()).toMatchObject({ verdict: 'go', replayed: true })
    await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' })
    expect(await request()).toMatchObject({ error: { code: 'agent_stopped' } })
  })
  it('[AP7] the key that completed one run does not pass for completing the next', async () => {
    await using cp = await controlPlane()
    const first = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    expect(await first.send('run.complete', { key: 'done' })).toMatchObject({ ok: true })
    const second = await startAgent(first.socket)
    expect(await second.send('run.complete', { key: 'done' })).toMatchObject({ error: { code: 'conflict' } })
    expect(await second.send('run.complete')).toMatchObject({ ok: true, state: 'stopped' })
  })
})
