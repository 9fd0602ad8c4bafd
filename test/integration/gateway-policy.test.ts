import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

const activation = (policy: unknown, more: object = {}) => ({
  key: freshKey(),
  policy,
  reason: 'A drill.',
  ...more,
})

it('[PO6] the active policy can be read; until somebody activates one it is the built-in one', async () => {
  await using cp = await controlPlane()
  const ana = await cp.operatorSocket({ role: 'viewer' })
  const { policy, digest, activated } = await ana.must('policy.get', {})
  expect(policy.catalogue.send_email).toMatchObject({ level: 'required', class: 'external_api' })
  expect(digest).toMatch(/^sha256:/)
  expect(activated).toBeUndefined()
})

it('[PO6] what an admin activates decides from then on, after a restart too, and only an admin may', async () => {
  await using cp = await controlPlane()
  const policy = { version: 'v2', catalogue: { read_file: { level: 'required', approvals: 2 } } }
  const approver = await cp.operatorSocket({ role: 'approver' })
  expect(await approver.request('policy.activate', activation(policy))).toMatchObject({
    ok: false,
    error: { code: 'forbidden' },
  })
  const ada = await cp.operatorSocket({ role: 'admin', subject: 'ada' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'reader' }))
  expect(await agent.ask('read_file', { path: 'a' })).toMatchObject({ verdict: 'go' })
  const { events } = await ada.must('policy.activate', activation(policy))
  expect(events).toMatchObject([{ type: 'policy.activated', by: 'ada', data: { version: 'v2' } }])
  expect(await agent.ask('read_file', { path: 'b' })).toMatchObject({
    verdict: 'wait',
    rules: ['catalogue:read_file'],
    policyVersion: 'v2',
  })
  await cp.restart()
  const again = await cp.operatorSocket({ role: 'viewer' })
  expect(await again.must('policy.get', {})).toMatchObject({
    policy: { version: 'v2' },
    activated: { by: 'ada', reason: 'A drill.' },
  })
})

it('[PO6] a malformed policy is refused whole with the place of each mistake, and the old one stays', async () => {
  await using cp = await controlPlane()
  const ada = await cp.operatorSocket({ role: 'admin' })
  expect(
    await ada.request('policy.activate', activation({ version: 'v2', caps: { orders: -1 }, catalog: {} })),
  ).toMatchObject({
    ok: false,
    error: {
      code: 'invalid',
      details: { problems: [{ path: ['caps', 'orders'] }, { path: ['catalog'] }] },
    },
  })
  expect(await ada.must('policy.get', {})).toMatchObject({ policy: { version: 'built-in-1' } })
})

it('[PO6] a release must satisfy today’s policy too', async () => {
  await using cp = await controlPlane()
  const ada = await cp.operatorSocket({ role: 'admin' })
  const bo = await cp.operatorSocket({ role: 'approver', subject: 'bo' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
  const { approval, action } = await agent.ask('send_email', { to: 'x' })
  const { approval: other } = await agent.ask('send_email', { to: 'y' })
  await bo.must('approval.approve', { key: freshKey(), ...shown(approval) })
  await ada.must(
    'policy.activate',
    activation({ version: 'v2', catalogue: { send_email: { level: 'admin_only' } } }),
  )
  expect(await agent.begin(action)).toMatchObject({ ok: false, error: { code: 'not_permitted' } })
  expect(await bo.request('approval.approve', { key: freshKey(), ...shown(other) })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', details: { needed: 'admin' } },
  })
})

it('[PO3] [AP9] rules over arguments decide at the request, at the release, at the begin and on resume', async () => {
  await using cp = await controlPlane()
  const ada = await cp.operatorSocket({ role: 'admin' })
  const bo = await cp.operatorSocket({ role: 'approver', subject: 'bo' })
  const rules = (version: string, limit: string) => ({
    version,
    rules: [{ name: 'large', when: `action == "transfer" && args.amount > ${limit}`, level: 'admin_only' }],
  })
  await ada.must('policy.activate', activation(rules('v1', '100.0')))
  const agent = await startAgent(await cp.agentSocket({ subject: 'payer' }))
  const small = await agent.ask('transfer', { amount: 50 })
  const large = await agent.ask('transfer', { amount: 500 })
  expect(small).toMatchObject({ level: 'required' })
  expect(large).toMatchObject({ level: 'admin_only', rules: ['rule:large'], policyVersion: 'v1' })
  expect(await bo.request('approval.approve', { key: freshKey(), ...shown(large.approval) })).toMatchObject({
    error: { code: 'forbidden', details: { needed: 'admin' } },
  })
  await bo.must('approval.approve', { key: freshKey(), ...shown(small.approval) })
  await ada.must('policy.activate', activation(rules('v2', '10.0')))
  expect(await agent.begin(small.action)).toMatchObject({ ok: false, error: { code: 'not_permitted' } })
  await bo.must('agent.pause', { key: freshKey(), target: { agent: 'payer' }, reason: 'Wait.' })
  const held = await agent.ask('transfer', { amount: 20 })
  await bo.must('agent.resume', { key: freshKey(), target: { agent: 'payer' } })
  expect((await bo.must('approval.get', { id: held.action.id })).approval).toMatchObject({
    status: 'pending',
    held: false,
    level: 'admin_only',
    rules: ['rule:large'],
  })
})
