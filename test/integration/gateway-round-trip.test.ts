import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'

it('[AP9] held, approved, begun and reported, all the way through sockets', async () => {
  await using cp = await controlPlane()
  const agent = await cp.agentSocket({ subject: 'deployer' })
  const ana = await cp.operatorSocket({ subject: 'ana' })
  const { snapshot } = await ana.must('sync', {})
  expect(snapshot.approvals).toEqual([])

  const { run } = await agent.must('run.start', { key: 'start', instance: 'instance-1' })
  const asked = await agent.must('action.request', {
    key: 'ask',
    epoch: run.epoch,
    action: 'send_email',
    args: { to: 'bo@example.org' },
  })
  expect(asked).toMatchObject({ verdict: 'wait', state: 'awaiting_input', level: 'required' })

  await ana.heard('feed', ({ events }) =>
    events.some((event: { type: string }) => event.type === 'approval.requested'),
  )
  const { id, revision, digest } = asked.approval
  const approved = await ana.must('approval.approve', { key: 'yes', id, revision, digest })
  expect(approved.approval).toMatchObject({ status: 'approved', decidedBy: 'ana' })

  const push = await agent.heard('push', ({ items }) => items.length > 0)
  expect(push).toMatchObject({
    seq: 1,
    state: 'running',
    items: [{ type: 'approval.settled', data: { id } }],
  })
  const begun = await agent.must('action.begin', {
    key: 'begin',
    epoch: run.epoch,
    instance: 'instance-1',
    id,
    digest,
  })
  expect(JSON.parse(begun.canonical)).toEqual({ action: 'send_email', args: { to: 'bo@example.org' } })
  const reported = await agent.must('action.report', {
    key: 'report',
    epoch: run.epoch,
    id,
    outcome: 'success',
  })
  expect(reported.trust).toBeCloseTo(0.51, 10)
})
