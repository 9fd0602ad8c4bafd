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
