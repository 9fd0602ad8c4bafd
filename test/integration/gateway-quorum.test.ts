import { SECOND } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

/** Two people for a mail and for a payment; registered: root, ana, bo (two logins) and olga, who owns the agent. */
async function office(cp: Harness) {
  const root = await cp.operatorSocket({ subject: 'root' })
  const two = { approvals: 2 }
  await root.must('policy.activate', {
    key: freshKey(),
    reason: 'two people',
    policy: {
      version: 'two-1',
      catalogue: {
        send_email: { level: 'required', class: 'external_api', ...two },
        payment: { level: 'required_2fa', class: 'critical_system', ...two },
        notice: { level: 'required', class: 'external_api' },
      },
    },
  })
  for (const [id, logins] of [
    ['ana', []],
    ['bo', ['sso:bo']],
    ['olga', []],
  ] as const)
    await root.must('person.add', { key: freshKey(), id, role: 'approver', logins })
  const agent = await startAgent(await cp.agentSocket({ subject: 'clerk', owner: 'olga' }))
  const ask = async (action: string, args: object) =>
    (await agent.ask(action, args, { blocking: false })).approval
  const as = (subject: string) => cp.operatorSocket({ subject, role: 'approver' })
  const release = (approval: { id: string; revision: number; digest: string }, more: object = {}) => ({
    key: freshKey(),
    ...shown(approval),
    ...more,
  })
  return { root, agent, ask, as, release }
}

it('[AP5] [ID2] two persons release it, not two logins of one, nor one whose role is gone', async () => {
  await using cp = await controlPlane()
  const { root, agent, ask, as, release } = await office(cp)
  const [ana, bo, sso] = [await as('ana'), await as('bo'), await as('sso:bo')]
  const approval = await ask('send_email', { to: 'x' })
  expect(approval).toMatchObject({ needs: { approvals: 2 } })
  const first = release(approval)
  expect(await bo.must('approval.approve', first)).toMatchObject({
    approval: { status: 'pending', signatures: [{ by: 'bo' }] },
  })
  expect(await bo.must('approval.approve', first)).toMatchObject({ replayed: true })
  expect(await sso.request('approval.approve', release(approval))).toMatchObject({
    error: { code: 'conflict' },
  })
  expect(await agent.begin(approval)).toMatchObject({ error: { code: 'not_released' } })

  await root.must('person.change', { key: freshKey(), id: 'bo', role: 'operator' })
  expect(await ana.must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'pending', signatures: [{ by: 'ana' }] },
  })
  await root.must('person.change', { key: freshKey(), id: 'bo', role: 'approver' })
  expect(await sso.must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'approved', signatures: [{ by: 'ana' }, { by: 'bo' }] },
  })
  expect(await agent.begin(approval)).toMatchObject({ ok: true })
})

it('[AP5] [ID3] disabling somebody voids what they have signed and nobody has finished', async () => {
  await using cp = await controlPlane()
  const { root, ask, as, release } = await office(cp)
  const approval = await ask('send_email', { to: 'x' })
  await (await as('bo')).must('approval.approve', release(approval))
  await root.must('person.disable', { key: freshKey(), id: 'bo', reason: 'left' })
  await until('his signature to fall', async () => {
    const { signatures } = (await root.must('approval.get', { id: approval.id })).approval
    return signatures === undefined
  })
  await root.must('person.enable', { key: freshKey(), id: 'bo', reason: 'back' })
  expect(await (await as('ana')).must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'pending', signatures: [{ by: 'ana' }] },
  })
})

it('[AP9] [PO6] what was released is not begun where one who did counts no more, or would be barred today', async () => {
  await using cp = await controlPlane()
  const { root, agent, ask, as, release } = await office(cp)
  const [ana, olga] = [await as('ana'), await as('olga')]
  const notice = await ask('notice', { n: 1 })
  await ana.must('approval.approve', release(notice))
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await agent.begin(notice)).toMatchObject({ error: { code: 'not_permitted' } })

  const policy = (separationOfDuties: boolean) =>
    root.must('policy.activate', {
      key: freshKey(),
      reason: 'duties',
      policy: { people: { separationOfDuties } },
    })
  await policy(false)
  const own = await ask('send_email', { to: 'y' })
  await olga.must('approval.approve', release(own))
  await policy(true)
  expect(await agent.begin(own)).toMatchObject({ error: { code: 'not_permitted' } })
  await policy(false)
  expect(await agent.begin(own)).toMatchObject({ ok: true })
})

it('[AP6] an owner releases nothing of their agent’s while somebody else could, over none of their logins', async () => {
  await using cp = await controlPlane()
  const { root, ask, as, release } = await office(cp)
  const olga = await as('olga')
  const approval = await ask('notice', { n: 1 })
  expect(await olga.request('approval.approve', release(approval))).toMatchObject({
    error: { code: 'forbidden', details: { owner: 'olga' } },
  })
  await root.must('person.change', { key: freshKey(), id: 'olga', logins: ['sso:olga'] })
  const otherLogin = await as('sso:olga')
  expect(await otherLogin.request('approval.approve', release(approval))).toMatchObject({
    error: { code: 'forbidden' },
  })
  for (const id of ['ana', 'bo']) await root.must('person.disable', { key: freshKey(), id, reason: 'away' })
  expect(await olga.must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'approved' },
  })
})

it('[AP5] [SF1] a payment that two must release takes a code of each', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const { ask, as, release } = await office(cp)
  const [ana, bo] = [await as('ana'), await as('bo')]
  const apps = [await enrolFactor(ana, clock.now), await enrolFactor(bo, clock.now)] as const
  await clock.advance(30 * SECOND)
  const payment = await ask('payment', { n: 1 })
  const code = (app: (typeof apps)[number]) => ({ factor: { totp: app.code(clock.now()) } })
  const first = release(payment, code(apps[0]))
  expect(await ana.must('approval.approve', first)).toMatchObject({ approval: { status: 'pending' } })
  expect(await ana.must('approval.approve', first)).toMatchObject({ replayed: true })
  expect(await bo.request('approval.approve', release(payment, code(apps[0])))).toMatchObject({
    error: { code: 'second_factor_invalid' },
  })
  expect(await bo.must('approval.approve', release(payment, code(apps[1])))).toMatchObject({
    approval: {
      status: 'approved',
      signatures: [
        { by: 'ana', factor: 'totp' },
        { by: 'bo', factor: 'totp' },
      ],
    },
  })
})

it('[AP5] half-signed is shown as such on the command line', async () => {
  await using cp = await controlPlane()
  const { ask, as, release } = await office(cp)
  const approval = await ask('send_email', { to: 'x' })
  await (await as('ana')).must('approval.approve', release(approval))
  const hp = commandLine({ url: cp.url, token: await cp.token({ subject: 'bo', role: 'approver' }) })
  expect((await hp('approvals')).stdout).toContain('required 1/2')
  expect((await hp('show', approval.id)).stdout).toMatch(/Signed +1 of 2: ana/)
  const second = await ask('send_email', { to: 'y' })
  expect((await hp('approve', second.id)).stdout).toContain('signed by 1 of 2')
})

it('[AP5] [ID2] who was registered only after they had signed does not sign again under their name', async () => {
  await using cp = await controlPlane()
  const { root, ask, as, release } = await office(cp)
  const approval = await ask('send_email', { to: 'x' })
  const late = await as('sso:late')
  await late.must('approval.approve', release(approval))
  await root.must('person.change', { key: freshKey(), id: 'ana', logins: ['sso:late'] })
  const ana = await as('ana')
  expect(await ana.request('approval.approve', release(approval))).toMatchObject({
    error: { code: 'conflict' },
  })
  expect(await (await as('bo')).must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'approved' },
  })
})

it('[AP5] an admin who signs in for somebody by a link that they made does not sign beside them', async () => {
  await using cp = await controlPlane()
  const { root, ask, as, release } = await office(cp)
  await root.must('person.add', { key: freshKey(), id: 'root', role: 'admin' })
  const { link } = await root.must('person.link', { key: freshKey(), id: 'ana' })
  const response = await fetch(`${cp.url}/v1/sign-in/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link }),
  })
  const { token } = (await response.json()) as { token: string }
  const borrowed = await cp.connect('/operator', { token, protocol: 1 })
  const approval = await ask('send_email', { to: 'x' })
  await borrowed.must('approval.approve', release(approval))
  expect(await root.request('approval.approve', release(approval))).toMatchObject({
    error: { code: 'conflict' },
  })
  expect(await (await as('bo')).must('approval.approve', release(approval))).toMatchObject({
    approval: { status: 'approved' },
  })
})

it('[AP7] [PO6] a process that comes later finds what was released, as it was edited, while it counts, and else asks anew', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const rules = [{ name: 'boss', when: 'args.to == "boss"', forbid: true }]
  await root.must('policy.activate', { key: freshKey(), reason: 'rules', policy: { version: 'b-1', rules } })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const ana = await cp.operatorSocket({ subject: 'ana', role: 'approver' })
  const first = await startAgent(await cp.agentSocket({ subject: 'clerk' }))
  const release = async (to: string) => {
    const { approval } = await first.ask('send_email', { to }, { blocking: false })
    const edited = { ...shown(approval), args: { to, cc: 'me' } }
    return (await ana.must('approval.approve', { key: freshKey(), ...edited })).approval
  }
  const [kept, lost] = [await release('x'), await release('y')]
  await first.socket.must('lease.release', { epoch: first.epoch })
  const second = await startAgent(await cp.agentSocket({ subject: 'clerk' }), { takeover: true })
  expect(await second.ask('send_email', { to: 'x' })).toMatchObject({
    approval: { id: kept.id, status: 'approved' },
  })
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'operator' })
  const { approval } = await second.ask('send_email', { to: 'y' })
  expect(approval).toMatchObject({ status: 'pending' })
  expect(approval.id).not.toBe(lost.id)
  expect(await second.begin(lost)).toMatchObject({ error: { code: 'expired' } })
})

it('[AP9] [ID2] one release by a login that became somebody’s since counts at the begin for what they are', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const sso = await cp.operatorSocket({ subject: 'sso:cy', role: 'approver' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'clerk' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  await sso.must('approval.approve', { key: freshKey(), ...shown(approval) })
  const cy = { key: freshKey(), id: 'cy', logins: ['sso:cy'] }
  await root.must('person.add', { ...cy, role: 'operator' })
  expect(await agent.begin(approval)).toMatchObject({ error: { code: 'not_permitted' } })
  await root.must('person.change', { ...cy, key: freshKey(), role: 'approver' })
  expect(await agent.begin(approval)).toMatchObject({ ok: true })
})
