import { SECOND } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { HandshakeRefused } from '../harness/raw-socket.ts'

it('[ID2] a record’s role counts from the next request on, over every login of the person', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const sso = await cp.operatorSocket({ subject: 'sso:1', role: 'admin' })
  const me = async () => sso.must('person.me', {})
  expect(await me()).toMatchObject({ id: 'sso:1', role: 'admin' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver', logins: ['sso:1'] })
  expect(await me()).toMatchObject({ id: 'ana', role: 'approver', person: { logins: ['ana', 'sso:1'] } })

  const { approval } = await agent.ask('send_email', { to: 'x' })
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'operator' })
  const release = { key: freshKey(), ...shown(approval) }
  expect(await sso.request('approval.approve', release)).toMatchObject({ error: { code: 'forbidden' } })
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'admin' })
  expect(await sso.must('approval.approve', release)).toMatchObject({ approval: { decidedBy: 'ana' } })
  expect(await sso.request('person.get', { id: 'nobody' })).toMatchObject({ error: { code: 'not_found' } })
})

it('[ID2] a login is nobody else’s, and the same command again is the same answer', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const add = { key: freshKey(), id: 'ana', role: 'approver', logins: ['sso:1'] }
  await root.must('person.add', add)
  expect(await root.must('person.add', add)).toMatchObject({ replayed: true })
  expect(
    await root.request('person.add', { key: freshKey(), id: 'bo', role: 'admin', logins: ['sso:1'] }),
  ).toMatchObject({ error: { code: 'conflict', details: { person: 'ana' } } })
  expect(await root.request('person.add', { key: freshKey(), id: 'sso:1', role: 'admin' })).toMatchObject({
    error: { code: 'conflict' },
  })
  expect((await root.must('people.list', {})).people).toHaveLength(1)
})

it('[AP7] [ID2] a change that is sent again is answered as the first time, whatever came of its logins since', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const root = await cp.operatorSocket({ subject: 'root' })
  for (const id of ['ana', 'bo']) await root.must('person.add', { key: freshKey(), id, role: 'viewer' })
  const first = { key: freshKey(), id: 'ana', replaces: 1, logins: ['sso:1'] }
  const { person } = await root.must('person.change', first)
  await root.must('person.change', { key: freshKey(), id: 'ana', logins: [] })
  await clock.advance(61 * SECOND)
  await root.must('person.change', { key: freshKey(), id: 'bo', logins: ['sso:1'] })
  expect(await root.must('person.change', first)).toMatchObject({ replayed: true, person })
  // asked again by whoever has looked again
  expect(await root.must('person.change', { ...first, replaces: 3 })).toMatchObject({
    replayed: true,
    person,
  })
  expect(await root.request('person.change', { ...first, logins: ['sso:2'] })).toMatchObject({
    error: { code: 'conflict', message: expect.stringContaining('This key was used before') },
  })
  expect(await root.request('person.change', { ...first, key: freshKey(), logins: [] })).toMatchObject({
    error: { code: 'conflict', details: { person: { id: 'ana', revision: 3 } } },
  })
})

it('[ID2] [ID3] a login that was taken from somebody is refused, at once and until it is somebody’s again', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const root = await cp.operatorSocket({ subject: 'root' })
  const logins = async (id: string, ...names: string[]) =>
    root.must('person.change', { key: freshKey(), id, logins: names })
  for (const id of ['ana', 'bo']) await root.must('person.add', { key: freshKey(), id, role: 'viewer' })
  await logins('ana', 'sso:1')
  const sso = await cp.operatorSocket({ subject: 'sso:1', role: 'admin' })
  expect(await sso.must('person.me', {})).toMatchObject({ id: 'ana', role: 'viewer' })
  await logins('ana')
  await sso.ended
  // its token says admin: unbound, it must not become what the record had kept it from
  await expect(cp.operatorSocket({ subject: 'sso:1', role: 'admin' })).rejects.toThrow(HandshakeRefused)
  // nor where a claim on it was cut short: whoever it names does not exist
  await clock.advance(61 * SECOND)
  expect(
    await root.request('person.change', { key: freshKey(), id: 'nobody', logins: ['sso:1'] }),
  ).toMatchObject({ error: { code: 'not_found' } })
  await expect(cp.operatorSocket({ subject: 'sso:1', role: 'admin' })).rejects.toThrow(HandshakeRefused)
  await clock.advance(61 * SECOND)
  await logins('bo', 'sso:1')
  const again = await cp.operatorSocket({ subject: 'sso:1', role: 'admin' })
  expect(await again.must('person.me', {})).toMatchObject({ id: 'bo', role: 'viewer' })
})

it('[ID3] disabling somebody ends their connections within a second, and lets no token of theirs in', async () => {
  // a clock that stands: no timer is needed for it
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver', logins: ['sso:1'] })
  const sockets = [
    await cp.operatorSocket({ role: 'approver' }),
    await cp.operatorSocket({ subject: 'sso:1' }),
  ]
  const bystander = await cp.operatorSocket({ subject: 'bo' })
  const agent = await cp.agentSocket({ subject: 'ana' })
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'lost laptop' })
  await Promise.all(sockets.map(({ ended }) => ended))
  await expect(cp.operatorSocket({ subject: 'sso:1' })).rejects.toThrow(HandshakeRefused)
  // nobody else is touched, not even an agent of that name
  await bystander.must('person.me', {})
  await startAgent(agent)
  await root.must('person.enable', { key: freshKey(), id: 'ana', reason: 'found it' })
  await expect(cp.operatorSocket({ subject: 'sso:1' })).rejects.toThrow(HandshakeRefused)
  await clock.advance(1)
  await cp.operatorSocket({ subject: 'sso:1' })
})

it('[ID2] only admins see and say who people are, in pages', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const ana = await cp.operatorSocket({ role: 'approver' })
  for (const name of ['people.list', 'person.get', 'person.add', 'person.disable'])
    expect(
      await ana.request(name, { 'people.list': {}, 'person.get': { id: 'bo' } }[name] ?? legal(name)),
      name,
    ).toMatchObject({ error: { code: 'forbidden' } })
  for (const id of ['a', 'b', 'c', 'd'])
    await root.must('person.add', { key: freshKey(), id, role: 'viewer', teams: id === 'b' ? [] : ['x'] })
  const first = await root.must('people.list', { team: 'x', limit: 2 })
  const second = await root.must('people.list', { team: 'x', limit: 2, cursor: first.nextCursor })
  const ids = (page: { people: { id: string }[] }) => page.people.map(({ id }) => id)
  expect([first, second].map((page) => ids(page as never))).toEqual([['a', 'c'], ['d']])
  expect(second.nextCursor).toBeUndefined()
})

const legal = (name: string) =>
  name === 'person.add'
    ? { key: freshKey(), id: 'bo', role: 'admin' }
    : { key: freshKey(), id: 'bo', reason: 'r' }

it('holdpoint people: adds, changes, lists, shows and shuts out', async () => {
  await using cp = await controlPlane()
  const hp = commandLine({ url: cp.url, token: await cp.token({ subject: 'root', role: 'admin' }) })
  const added = await hp(
    'people',
    'add',
    'ana',
    '--role',
    'approver',
    '--name',
    'Ana',
    '--email',
    'ana@example.org',
  )
  expect(added.stdout).toBe('✓ added: ana (Ana), approver\n')
  await hp('people', 'change', 'ana', '--slack', 'U024BE7LH', '--team', 'payments')
  const shownOne = await hp('people', 'show', 'ana', '--json')
  expect(shownOne.json()).toMatchObject({
    person: { addresses: { email: 'ana@example.org', slack: 'U024BE7LH' }, teams: ['payments'] },
  })
  expect((await hp('people', 'list')).stdout).toMatch(/ana +Ana +approver +payments +ana/)
  expect((await hp('people', 'disable', 'ana', '--reason', 'left')).stdout).toContain('disabled')
  expect((await hp('people', 'show')).stdout).toContain('by the token alone')
  expect((await hp('people', 'add', 'ana', '--role', 'admin')).code).toBe(3)
})
