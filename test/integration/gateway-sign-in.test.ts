import { MINUTE } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey } from '../harness/raw-agent.ts'

const claim = async (cp: Harness, link: unknown) => {
  const response = await fetch(`${cp.url}/v1/sign-in/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

it('[ID1] a one-time link signs its person in, once, with the role of their record', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const ask = { key: freshKey(), id: 'ana' }
  const { link } = await root.must('person.link', ask)
  // told once: the same command again does not tell it again
  expect(await root.request('person.link', ask)).toMatchObject({ error: { code: 'conflict' } })
  const secret = String(link).split('~')[2] ?? ''
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  const stored = JSON.stringify([
    await cp.store.load({ tenant: 'default', kind: 'person', id: 'ana' }),
    await cp.store.history({ tenant: 'default', limit: 100 }),
  ])
  expect(stored).not.toContain(secret)

  const wrong = `${String(link).slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`
  for (const bad of [wrong, 'default~ana', 'default~nobody~x', '', `${link}~`])
    expect(await claim(cp, bad), bad).toMatchObject({ status: 401 })
  for (const bad of [undefined, 7, { a: 1 }]) expect(await claim(cp, bad)).toMatchObject({ status: 400 })

  const twice = await Promise.all([claim(cp, link), claim(cp, link)])
  expect(twice.map(({ status }) => status).toSorted()).toEqual([200, 401])
  const { token } = twice.find(({ status }) => status === 200)?.body ?? {}
  const ana = await cp.connect('/operator', { token, protocol: 1 })
  expect(await ana.must('person.me', {})).toMatchObject({ id: 'ana', role: 'approver' })
  expect(await ana.request('person.link', { key: freshKey(), id: 'ana' })).toMatchObject({
    error: { code: 'forbidden' },
  })
})

it('[ID1] a link runs out after ten minutes, and falls with the next one and with its person', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'viewer' })
  const make = async () => (await root.must('person.link', { key: freshKey(), id: 'ana' })).link
  const first = await make()
  const second = await make()
  expect(await claim(cp, first)).toMatchObject({ status: 401 })
  await clock.advance(10 * MINUTE)
  expect(await claim(cp, second)).toMatchObject({ status: 401 })
  const third = await make()
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await claim(cp, third)).toMatchObject({ status: 401 })
  expect(await root.request('person.link', { key: freshKey(), id: 'ana' })).toMatchObject({
    error: { code: 'conflict' },
  })
})

it('[ID1] holdpoint people link prints an address whose secret no server log or proxy sees', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'viewer' })
  const hp = commandLine({ url: cp.url, token: await cp.token({ subject: 'root', role: 'admin' }) })
  const printed = new URL((await hp('people', 'link', 'ana')).stdout.split('\n')[0] ?? '')
  expect([printed.origin, printed.pathname, printed.search]).toEqual([cp.url, '/', ''])
  const link = decodeURIComponent(printed.hash.replace(/^#link=/, ''))
  expect(await claim(cp, link)).toMatchObject({ status: 200 })
})
