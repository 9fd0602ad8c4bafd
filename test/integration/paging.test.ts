import { MINUTE, SECOND } from '@holdpoint/shared'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { anaOnCall } from '../harness/ana-on-call.ts'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import type { ManualClock } from '../harness/manual-clock.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import type { RawSocket } from '../harness/raw-socket.ts'
import { type Receiver, receiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const LOOPBACK = { secrets: { hook: SECRET }, allowedAddresses: ['127.0.0.1'] }

const hook = (url: string) => ({ kind: 'webhook', url, secret: 'hook' })
const step = (channel: string) => ({ notify: [{ channel }], acknowledgeWithinMs: '5m' })
const chain = (channels: Record<string, object>, ...steps: readonly string[]) => ({
  channels,
  escalationPolicies: { on_call: { steps: steps.map(step), repeats: 1 } },
})

async function activate(cp: Harness, policy: unknown): Promise<RawSocket> {
  const ada = await cp.operatorSocket({ role: 'admin', subject: 'ada' })
  await ada.must('policy.activate', { key: freshKey(), policy, reason: 'A drill.' })
  return ada
}

async function critical(cp: Harness) {
  const agent = await startAgent(await cp.agentSocket({ subject: 'deployer' }))
  const { ticket } = await agent.send('escalation.raise', {
    reason: 'critical_decision',
    context: { plan: 'drop the table', password: 'hunter2' },
  })
  return { agent, ticket }
}

const told = (at: Receiver, count: number) =>
  until(`${count} messages`, () => (at.received.length >= count ? at.received : undefined))
const events = async (console_: RawSocket, type: string) =>
  (await console_.must('history.list', { type })).events as { type: string; data: Record<string, unknown> }[]
const history = (console_: RawSocket, type: string, count = 1) =>
  until(`${count} ${type}`, async () => {
    const found = await events(console_, type)
    return found.length >= count ? found : undefined
  })
/** Moves the clock on once what went out before is on record. */
const advance = (cp: Harness<ManualClock>, ms: number) => cp.clock.advance(ms)

it('[ES2] a page nobody acknowledges goes to the next step, and round again; signed as Standard Webhooks says', async () => {
  await using first = await receiver()
  await using second = await receiver()
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  const ada = await activate(
    cp,
    chain({ one: hook(`${first.url}/page`), two: hook(second.url) }, 'one', 'two'),
  )
  const { ticket } = await critical(cp)
  const [paged] = await told(first, 1)
  const read = new Webhook(SECRET).verify(paged?.body ?? '', paged?.headers as Record<string, string>)
  expect(read).toMatchObject({
    type: 'ticket.paged',
    data: { agent: 'deployer', ticket: { id: ticket.id, priority: 1, page: { step: 1, round: 1 } } },
  })
  expect(() =>
    new Webhook(SECRET).verify(`${paged?.body} `, paged?.headers as Record<string, string>),
  ).toThrow('signature')
  expect(paged?.path).toBe('/page')
  expect(paged?.body).not.toContain('hunter2')
  await history(ada, 'message.delivered', 1)

  await advance(cp, 5 * MINUTE - 1)
  expect(second.received).toHaveLength(0)
  await advance(cp, 1)
  await told(second, 1)
  await history(ada, 'message.delivered', 2)
  await advance(cp, 5 * MINUTE)
  await told(first, 2)
  expect(first.received[1]?.headers['webhook-id']).not.toBe(paged?.headers['webhook-id'])
  await history(ada, 'message.delivered', 3)

  // acknowledging stops it; whoever was told hears of it
  await ada.must('ticket.acknowledge', { key: freshKey(), id: ticket.id })
  await told(first, 3)
  expect(JSON.parse(first.received[2]?.body ?? '')).toMatchObject({ type: 'ticket.acknowledged' })
  await told(second, 2)
  await history(ada, 'message.delivered', 5)
  await advance(cp, 30 * MINUTE)
  expect([first.received.length, second.received.length]).toEqual([3, 2])
  const { tickets } = await ada.must('ticket.list', {})
  expect(tickets).toMatchObject([{ page: { status: 'acknowledged', step: 1, round: 2 } }])
})

it('[ES2] a failing channel is tried again under the same id, more and more slowly, and shown as failing', async () => {
  await using first = await receiver()
  first.answer = () => ({ status: first.received.length < 3 ? 503 : 204 })
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  const ada = await activate(cp, chain({ one: hook(first.url) }, 'one'))
  await critical(cp)
  await told(first, 1)
  await history(ada, 'channel.failing')
  await advance(cp, 5 * SECOND - 1)
  expect(first.received).toHaveLength(1)
  // the first try is on record a moment after it was answered: its next is due 5 s from there
  await advance(cp, SECOND)
  await told(first, 2)
  await until(
    'the second try on record',
    async () => (await nextTry(cp)) > cp.clock.now() + 8 * SECOND || undefined,
  )
  await advance(cp, 10 * SECOND)
  await told(first, 3)
  await history(ada, 'message.delivered')
  expect(new Set(first.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(await history(ada, 'channel.recovered')).toMatchObject([{ data: { channel: 'one' } }])
  expect(await events(ada, 'channel.failed')).toEqual([])
})

const nextTry = async (cp: Harness<ManualClock>): Promise<number> => {
  const { doc } = await cp.store.load({ tenant: 'default', kind: 'agent', id: 'deployer' })
  return (doc as { outbox: { dueAt: number }[] }).outbox[0]?.dueAt ?? 0
}

it('[ES2] a dead channel moves the page on at once and is visible; 410 disables it until a test succeeds', async () => {
  await using first = await receiver()
  await using second = await receiver()
  first.answer = () => ({ status: 410 })
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  const ada = await activate(cp, chain({ one: hook(first.url), two: hook(second.url) }, 'one', 'two'))
  await critical(cp)
  await told(second, 1)
  expect(await history(ada, 'channel.disabled')).toMatchObject([{ data: { channel: 'one' } }])
  expect(await history(ada, 'channel.failed')).toMatchObject([
    { data: { channel: 'one', reason: 'It answered 410.', says: 'page' } },
  ])
  const metrics = await (await fetch(`${cp.url}/metrics`)).text()
  expect(metrics).toContain('holdpoint_messages_total{channel="one",outcome="gone"} 1')
  // it is not told again
  const agent = await startAgent(await cp.agentSocket({ subject: 'other' }))
  await agent.send('escalation.raise', { reason: 'critical_decision', context: {} })
  await told(second, 2)
  expect(first.received).toHaveLength(1)
})

it.each([
  ['a private address', 'http://10.0.0.7/', 'not a public address'],
  ['loopback by another spelling', 'http://0x7f.1/', 'not a public address'],
  ['link-local metadata', 'http://169.254.169.254/latest', 'not a public address'],
  ['loopback in IPv6', 'http://[::1]:9/', 'not a public address'],
  ['an IPv4 address in IPv6', 'http://[::ffff:10.0.0.7]/', 'not a public address'],
  ['a name that leads to loopback', 'http://localhost:9/', 'not a public address'],
])('[ES2] webhooks never reach %s', async (_, url, reason) => {
  await using cp = await controlPlane({
    clock: manualClock(Date.now()),
    notify: { ...LOOPBACK, allowedAddresses: [] },
  })
  const ada = await activate(cp, chain({ one: hook(url) }, 'one'))
  await critical(cp)
  const [failure] = await history(ada, 'channel.failed')
  expect(failure?.data.reason).toContain(reason)
})

it('[ES2] webhooks follow no redirect', async () => {
  await using inside = await receiver()
  await using outside = await receiver()
  outside.answer = () => ({ status: 307, headers: { location: inside.url } })
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  const ada = await activate(cp, chain({ one: hook(outside.url) }, 'one'))
  await critical(cp)
  expect((await history(ada, 'channel.failed'))[0]?.data.reason).toContain('Redirects are not followed')
  expect(inside.received).toHaveLength(0)
})

it('[ES2] what was to be said when the server died is said by the next one', async () => {
  await using first = await receiver()
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  await activate(cp, chain({ one: hook(first.url) }, 'one'))
  await critical(cp)
  await told(first, 1)
  const id = first.received[0]?.headers['webhook-id']
  // as a crash between the receiver's answer and the record of it would have left it
  await cp.restart(async () => {
    await cp.withStore(async (store) => {
      const ref = { tenant: 'default', kind: 'agent', id: 'deployer' } as const
      const { doc, version } = await store.load(ref)
      const agent = doc as { outbox?: object[]; tickets: { id: string }[] }
      const about = { kind: 'ticket', id: agent.tickets[0]?.id }
      const outgoing = { id, about, says: 'page', to: { channel: 'one' }, turn: 1, queuedAt: 0, dueAt: 0 }
      await store.commit({
        ref,
        expectedVersion: version,
        at: store.now(),
        doc: { ...agent, outbox: [{ ...outgoing, tries: 0, reached: [], givenUp: [] }] },
        events: [],
        deadlines: { set: [{ name: `send:${id}`, dueAt: 0 }] },
      })
    })
  })
  await told(first, 2)
  expect(first.received[1]?.headers['webhook-id']).toBe(id)
})

it('[ES2] without a secret of that name nothing is sent, and that is said', async () => {
  await using first = await receiver()
  await using cp = await controlPlane({
    clock: manualClock(Date.now()),
    notify: { ...LOOPBACK, secrets: {} },
  })
  const ada = await activate(cp, chain({ one: hook(first.url) }, 'one'))
  await critical(cp)
  expect((await history(ada, 'channel.failed'))[0]?.data.reason).toBe(
    'The server has no secret named "hook": set HOLDPOINT_SECRET_HOOK, or put a file of that name into the folder HOLDPOINT_SECRETS.',
  )
  expect(first.received).toHaveLength(0)
})

it('[ES2] who is on call is asked over the wire, and somebody takes over; the page goes to them', async () => {
  await using cp = await controlPlane({ clock: manualClock(Date.now()) })
  const ada = await activate(cp, {
    channels: { mail: { kind: 'email', smtp: 'smtp', from: 'holdpoint@example.org' } },
    schedules: anaOnCall(),
  })
  const now = new Date(cp.clock.now()).toISOString()
  const later = new Date(cp.clock.now() + 60 * MINUTE).toISOString()
  const { schedules } = await ada.must('oncall.get', {})
  expect(schedules).toMatchObject([
    {
      schedule: 'primary',
      timeZone: 'Europe/Berlin',
      shifts: [{ person: 'ana', through: { rotation: 'all' } }],
    },
  ])
  const viewer = await cp.operatorSocket({ role: 'viewer', subject: 'vic' })
  const span = { schedule: 'primary', person: 'bo', from: now, until: later }
  expect(await viewer.request('oncall.override', { key: freshKey(), ...span })).toMatchObject({
    error: { code: 'forbidden' },
  })
  // whom no channel could reach is not put on call
  const overridden = (key = freshKey()) => ada.request('oncall.override', { key, ...span })
  expect(await overridden()).toMatchObject({ error: { code: 'invalid', details: { path: '/person' } } })
  await ada.must('person.add', { key: freshKey(), id: 'bo', role: 'operator' })
  await ada.must('person.disable', { key: freshKey(), id: 'bo', reason: 'away' })
  expect(await overridden()).toMatchObject({ error: { code: 'conflict' } })
  await ada.must('person.enable', { key: freshKey(), id: 'bo', reason: 'back' })
  const { override } = await overridden('once')
  const during = await viewer.must('oncall.get', { schedule: 'primary', at: now, until: later })
  expect(during.schedules[0].shifts).toMatchObject([{ person: 'bo', through: { override: override.id } }])
  const { ticket } = await critical(cp)
  expect(ticket.page.told).toEqual([{ person: 'bo' }])
  await ada.must('oncall.cancel', { key: freshKey(), id: override.id })
  expect((await viewer.must('oncall.get', {})).schedules[0].shifts).toMatchObject([{ person: 'ana' }])
  // AP7: sent again, it is what it was, whatever has become of them
  await ada.must('person.disable', { key: freshKey(), id: 'bo', reason: 'away' })
  expect(await overridden('once')).toMatchObject({ replayed: true, override })
  for (const [query, code] of [
    [{ schedule: 'other' }, 'not_found'],
    [{ at: later, until: now }, 'invalid'],
    [{ until: '2099-01-01T00:00:00Z' }, 'invalid'],
  ] as const)
    expect(await viewer.request('oncall.get', query)).toMatchObject({ error: { code } })
})

it('[ES2] channels are listed with how they do, and a test that succeeds enables a disabled one again', async () => {
  await using first = await receiver()
  first.answer = () => ({ status: 410 })
  await using cp = await controlPlane({ clock: manualClock(Date.now()), notify: LOOPBACK })
  const ada = await activate(cp, chain({ one: hook(first.url) }, 'one'))
  await critical(cp)
  await history(ada, 'channel.disabled')
  const list = async () => (await ada.must('channel.list', {})).channels
  expect(await list()).toMatchObject([
    { name: 'one', kind: 'webhook', status: 'disabled', reason: 'It answered 410.' },
  ])
  const tried = async (name = 'one') => ada.request('channel.test', { key: freshKey(), name })
  expect(await tried()).toMatchObject({ attempts: [{ channel: 'one', outcome: 'failed' }] })
  first.answer = () => ({ status: 204 })
  expect(await tried()).toMatchObject({ attempts: [{ channel: 'one', outcome: 'delivered' }] })
  expect(JSON.parse(first.received.at(-1)?.body ?? '')).toMatchObject({ type: 'channel.test' })
  expect(await list()).toMatchObject([{ name: 'one', status: 'ok' }])
  expect(await tried('other')).toMatchObject({ error: { code: 'not_found' } })
})

it('[ES2] a channel that can not work says why before anybody is to be told through it', async () => {
  await using first = await receiver()
  const { secrets } = LOOPBACK
  await using cp = await controlPlane({ notify: { secrets, allowedAddresses: ['127.0.0.1'] } })
  const port = new URL(first.url).port
  const channels = {
    one: hook(first.url),
    two: { ...hook(first.url), secret: 'nosuch' },
    three: hook(`http://[::1]:${port}/`),
    four: { kind: 'email', smtp: 'nosuch', from: 'holdpoint@example.org' },
  }
  const ada = await activate(cp, chain(channels, 'one'))
  const { channels: list } = await ada.must('channel.list', {})
  expect(Object.fromEntries(list.map((one: { name: string }) => [one.name, one]))).toMatchObject({
    one: { status: 'untried' },
    two: { status: 'no_secret', reason: expect.stringContaining('HOLDPOINT_SECRET_NOSUCH') },
    three: {
      status: 'address_refused',
      reason:
        '::1 is not a public address; this server connects there only where HOLDPOINT_WEBHOOK_ALLOW lists it: HOLDPOINT_WEBHOOK_ALLOW=::1/128',
    },
    four: { status: 'no_secret' },
  })
})

it('[ES2] a test that is not delivered ends otherwise than one that is, and the list shows why', async () => {
  await using first = await receiver()
  await using cp = await controlPlane({ notify: LOOPBACK })
  await activate(cp, chain({ one: hook(first.url) }, 'one'))
  const ada = commandLine({ url: cp.url, token: await cp.token({ subject: 'ada', role: 'admin' }) })
  expect(await ada('channels')).toMatchObject({
    stdout: expect.stringMatching(/one +webhook +not tried yet/),
  })
  first.answer = () => ({ status: 503 })
  expect(await ada('channels', 'test', 'one')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('✗ not delivered: one: It answered 503.'),
  })
  first.answer = () => ({ status: 403 })
  expect(await ada('channels', 'test', 'one', '--json')).toMatchObject({ code: 3 })
  expect((await ada('channels')).stdout).toMatch(/one +webhook +failing .* It answered 403\./)
  first.answer = () => ({ status: 204 })
  expect(await ada('channels', 'test', 'one')).toMatchObject({ code: 0 })
  expect((await ada('channels')).stdout).toMatch(/one +webhook +ok/)
})
