import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

it('[IN1] a release taken back is not begun, and granting takes an admin', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({ role: 'approver' })
  const root = await cp.operatorSocket({ role: 'admin', subject: 'root' })
  const { approval } = await agent.ask('send_email', { to: 'x' })
  await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
  await ana.must('override.revoke', { key: freshKey(), id: approval.id, reason: 'wrong list' })
  expect(await agent.begin(approval)).toMatchObject({ error: { code: 'not_released' } })

  const { approval: other } = await agent.ask('delete_data', { path: 'y' })
  const grant = { key: freshKey(), ...shown(other), reason: 'alone tonight' }
  expect(await ana.request('override.grant', grant)).toMatchObject({ error: { code: 'forbidden' } })
  const unseen = { ...grant, key: freshKey(), digest: approval.digest }
  expect(await root.request('override.grant', unseen)).toMatchObject({ error: { code: 'conflict' } })
  expect(await root.request('override.grant', grant)).toMatchObject({ approval: { decidedBy: 'root' } })
  expect(await agent.begin(other)).toMatchObject({ ok: true })
})

it('[IN1] [AU2] trust is ruled on by an admin, and the agent is told', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({ role: 'approver' })
  const root = await cp.operatorSocket({ role: 'admin', subject: 'root' })
  const pin = { key: freshKey(), agent: 'worker', level: 'restricted', reason: 'incident' }
  expect(await ana.request('trust.pin', pin)).toMatchObject({ error: { code: 'forbidden' } })
  expect(await root.must('trust.pin', pin)).toMatchObject({
    autonomy: { level: 'restricted', pinned: 'restricted' },
  })
  const push = await agent.socket.heard('push', ({ items }) => items.length > 0)
  expect(push.items).toMatchObject([{ type: 'autonomy.changed', data: { level: 'restricted' } }])
  const nobody = { key: freshKey(), agent: 'nobody', reason: 'incident' }
  expect(await root.request('trust.reset', nobody)).toMatchObject({ error: { code: 'not_found' } })
})
