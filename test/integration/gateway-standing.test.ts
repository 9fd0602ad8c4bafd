import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

it('[AP13] released in advance within bounds, listed, counted and taken back, from the command line', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'greeter' }))
  const hp = commandLine({ url: cp.url, token: await cp.token({ subject: 'ana', role: 'approver' }) })
  const when = 'args.to.endsWith("@example.org")'
  const issued = await hp(
    'standing',
    'issue',
    'greeter',
    'send_email',
    '--count',
    '3',
    '--when',
    when,
    '--reason',
    'r',
  )
  expect(issued.stdout).toMatch(/✓ send_email by greeter, 3 left, until/)
  const send = (to: string) => agent.ask('send_email', { to })
  const first = await send('a@example.org')
  expect(first).toMatchObject({ verdict: 'go', approval: { status: 'approved', decidedBy: 'ana' } })
  expect(await agent.report(first.approval.id)).toMatchObject({ ok: true })
  expect(await send('eve@elsewhere.org')).toMatchObject({ verdict: 'wait' })
  expect((await hp('standing', 'list', 'greeter')).stdout).toMatch(/send_email +2 +1 .*ana +args\.to/)

  const all = await root.must('standing.list', {})
  expect(all).toMatchObject({ standing: [{ agent: 'greeter', action: 'send_email', used: 1 }] })
  expect(all.nextCursor).toBeUndefined()
  expect((await hp('standing', 'list')).stdout).toMatch(/greeter +send_email +2 +1/)

  // who gave it is shut out: it releases nothing from that moment on
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await send('b@example.org')).toMatchObject({ verdict: 'wait' })
  const { standing } = await root.must('standing.list', { agent: 'greeter' })
  const gone = { key: freshKey(), agent: 'greeter', id: standing[0].id, reason: 'she left' }
  expect(await root.must('standing.revoke', gone)).toMatchObject({ standing: { used: 1 } })
  expect((await root.must('standing.list', { agent: 'greeter' })).standing).toEqual([])
  expect(await root.request('standing.list', { agent: 'nobody' })).toMatchObject({
    error: { code: 'not_found' },
  })
})

it('[AP13] [ID3] what somebody gave before they were shut out releases nothing, though they have given more since', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'greeter' }))
  const as = async () => {
    const ana = await cp.operatorSocket({ subject: 'ana', role: 'approver' })
    const give = (more: object) =>
      ana.must('standing.issue', {
        ...{ key: freshKey(), agent: 'greeter', action: 'send_email', count: 5, reason: 'r' },
        ...more,
      })
    return { give }
  }
  await (await as()).give({})
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'her laptop was stolen' })
  await root.must('person.enable', { key: freshKey(), id: 'ana', reason: 'she has another one' })
  const send = (to: string) => agent.ask('send_email', { to }, { blocking: false })
  expect(await send('first@elsewhere.org')).toMatchObject({ verdict: 'wait' })
  await (await as()).give({ when: 'args.to.endsWith("@example.org")' })
  expect(await send('eve@elsewhere.org')).toMatchObject({ verdict: 'wait' })
  expect(await send('a@example.org')).toMatchObject({ verdict: 'go' })
})

it('[AP13] [ID2] what a login gave counts for no more than the person that it has become since, at the very next use', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const bo = await cp.operatorSocket({ subject: 'sso:bo', role: 'approver' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'greeter' }))
  const grant = { key: freshKey(), agent: 'greeter', action: 'send_email', count: 5, reason: 'r' }
  await bo.must('standing.issue', grant)
  const send = (n: number) => agent.ask('send_email', { n }, { blocking: false })
  expect(await send(1)).toMatchObject({ verdict: 'go' })
  const add = { key: freshKey(), id: 'bo', role: 'viewer', logins: ['sso:bo'] }
  await root.must('person.add', add)
  expect(await send(2)).toMatchObject({ verdict: 'wait' })
  // nor does it once that login is nobody's
  await root.must('person.change', { key: freshKey(), id: 'bo', logins: [] })
  expect(await send(3)).toMatchObject({ verdict: 'wait' })
})
