import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'

it('[AG2] [AP9] after a stop, a process that lost its wire still says how its act ended and that it halted', async () => {
  await using cp = await controlPlane()
  const ana = await cp.operatorSocket({ subject: 'ana' })
  const first = await cp.agentSocket({ subject: 'deployer' })
  const { run } = await first.must('run.start', { key: 'start', instance: 'instance-1' })
  const { epoch } = run
  const asked = await first.must('action.request', { key: 'ask', epoch, action: 'read_file', args: {} })
  expect(asked.verdict).toBe('go')
  first.close()
  const { results } = await ana.must('agent.stop', {
    key: 'stop',
    target: { agent: 'deployer' },
    reason: 'Enough.',
  })
  expect(results).toMatchObject([{ ok: true, state: 'stopped' }])

  const second = await cp.agentSocket({ subject: 'deployer' })
  const held = { run: run.id, epoch, instance: 'instance-1', after: 0 }
  expect(await second.request('run.resume', held)).toMatchObject({
    ok: false,
    error: { code: 'agent_locked' },
  })
  await second.must('action.report', { key: 'report', epoch, id: asked.action.id, outcome: 'unknown' })
  const { seq } = await second.must('control.ack', { epoch, seq: 1, state: 'stopped' })
  expect(seq).toBeGreaterThan(0)
  const { agent } = await ana.must('agent.get', { id: 'deployer' })
  expect(agent.control).toMatchObject({ wanted: 'stopped', acknowledged: { by: 'deployer' } })
  expect(agent.autonomy).toMatchObject({ successes: 0, failures: 0 })
  const late = await second.request('action.request', { key: 'more', epoch, action: 'read_file', args: {} })
  expect(late).toMatchObject({ ok: false, error: { code: 'agent_stopped' }, ttlMs: 0 })
})
