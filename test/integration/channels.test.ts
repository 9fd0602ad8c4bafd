import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type Change, type EmbeddedStore, OutcomeUnknown } from '@holdpoint/server'
import { SECOND } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { controlPlane, type Harness, type HarnessOptions } from '../harness/control-plane.ts'
import { mailServer } from '../harness/mail-server.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import type { RawSocket } from '../harness/raw-socket.ts'
import { receiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'

const policyOf = (channels: object, notify: readonly object[]) => ({
  channels,
  escalationPolicies: { on_call: { steps: [{ notify }], repeats: 0 } },
  paging: { approvals: 'on_call' },
})

async function activate(cp: Harness, policy: unknown): Promise<RawSocket> {
  const ada = await cp.operatorSocket({ role: 'admin', subject: 'ada' })
  await ada.must('policy.activate', { key: freshKey(), policy, reason: 'A drill.' })
  return ada
}

const open = (options: HarnessOptions<ManualClock>) =>
  controlPlane({ ...options, clock: manualClock(Date.now()) })

async function critical(cp: Harness) {
  const agent = await startAgent(await cp.agentSocket({ subject: 'deployer' }))
  const { ticket } = await agent.send('escalation.raise', {
    reason: 'critical_decision',
    context: { password: 'hunter2' },
  })
  return { agent, ticket }
}

const history = (console_: RawSocket, type: string) =>
  until(`a ${type}`, async () => {
    const { events } = await console_.must('history.list', { type })
    return events.length > 0 ? (events as { data: Record<string, unknown> }[]) : undefined
  })

it('[ES2] mail reaches persons at their own addresses: what happened and where to look, nothing else', async () => {
  await using mail = await mailServer('s3cret')
  const smtp = `smtp://holdpoint:s3cret@127.0.0.1:${mail.port}`
  await using cp = await open({
    notify: { secrets: { smtp }, allowedAddresses: [], publicUrl: 'https://holdpoint.example/' },
  })
  const channels = { mail: { kind: 'email', smtp: 'smtp', from: 'holdpoint@example.org' } }
  const ada = await activate(cp, policyOf(channels, [{ team: 'payments' }, { person: 'nobody' }]))
  for (const [id, team] of [
    ['ana', 'payments'],
    ['bo', 'payments'],
    ['cy', 'other'],
  ])
    await ada.must('person.add', {
      key: freshKey(),
      id,
      role: 'operator',
      teams: [team],
      addresses: { email: `${id}@example.org` },
    })
  await ada.must('person.disable', { key: freshKey(), id: 'bo', reason: 'left' })
  const { ticket } = await critical(cp)
  const [first] = await until('a mail', () => (mail.mails.length > 0 ? mail.mails : undefined))
  expect(first?.to).toEqual(['ana@example.org'])
  expect(first?.text).toContain('Subject: Holdpoint: deployer: critical_decision (priority 1)')
  expect(first?.text).toContain(`https://holdpoint.example/#/tickets/${ticket.id}`)
  expect(first?.text).toContain(`Message-ID: <${ticket.id}.1.0@holdpoint>`)
  expect(first?.text).not.toMatch(/hunter2|s3cret/)
  expect((await history(ada, 'channel.failed'))[0]?.data).toMatchObject({ person: 'nobody' })
  expect((await history(ada, 'message.delivered'))[0]?.data).toMatchObject({ channel: 'mail', person: 'ana' })
  expect(mail.mails).toHaveLength(1)
  const { events } = await ada.must('history.list', { limit: 500 })
  expect(JSON.stringify(events)).not.toMatch(/example\.org"|s3cret/)
})

it('[ES2] a mail that is refused for now is tried again, one refused for good is not', async () => {
  await using mail = await mailServer('s3cret')
  mail.refuse = 451
  const smtp = `smtp://holdpoint:s3cret@127.0.0.1:${mail.port}`
  await using cp = await open({ notify: { secrets: { smtp }, allowedAddresses: [] } })
  const channels = {
    mail: { kind: 'email', smtp: 'smtp', from: 'holdpoint@example.org', to: ['ops@example.org'] },
  }
  const ada = await activate(cp, policyOf(channels, [{ channel: 'mail' }]))
  await critical(cp)
  await history(ada, 'channel.failing')
  mail.refuse = 0
  await cp.clock.advance(6 * SECOND)
  await history(ada, 'message.delivered')
  expect(mail.mails[0]?.to).toEqual(['ops@example.org'])
  // a name must not become a link, in a mail that people trust
  const named = await startAgent(await cp.agentSocket({ subject: 'pay.example.com' }))
  await named.send('escalation.raise', { reason: 'critical_decision', context: {} })
  const [, second] = await until('a second mail', () => mail.mails.length > 1 && mail.mails)
  expect(second?.text).toContain('pay[.]example[.]com')
  expect(second?.text).not.toContain('pay.example.com')
  mail.refuse = 550
  const agent = await startAgent(await cp.agentSocket({ subject: 'other' }))
  await agent.send('escalation.raise', { reason: 'critical_decision', context: {} })
  expect((await history(ada, 'channel.failed'))[0]?.data.reason).toContain('refused')
})

it('[ES2] PagerDuty is told to trigger, acknowledge and resolve one alert per ticket', async () => {
  await using pagerduty = await receiver()
  pagerduty.answer = () => ({ status: 202, body: '{"status":"success"}' })
  await using cp = await open({
    notify: {
      secrets: { 'pager-key': 'R0UT1NG' },
      allowedAddresses: [],
      publicUrl: 'https://holdpoint.example',
    },
    parts: { channelBases: { pagerduty: pagerduty.url } },
  })
  const channels = { pager: { kind: 'pagerduty', routingKey: 'pager-key' } }
  const ada = await activate(cp, policyOf(channels, [{ channel: 'pager' }]))
  const { ticket } = await critical(cp)
  const sent = (n: number) =>
    until(`${n} events`, () => (pagerduty.received.length >= n ? pagerduty.received : undefined)).then(
      (all) => JSON.parse(all[n - 1]?.body ?? ''),
    )
  const triggered = await sent(1)
  expect(triggered).toMatchObject({
    routing_key: 'R0UT1NG',
    event_action: 'trigger',
    dedup_key: `holdpoint/default/${ticket.id}`,
    payload: {
      severity: 'critical',
      source: 'deployer',
      summary: expect.stringContaining('critical_decision'),
    },
    links: [{ href: `https://holdpoint.example/#/tickets/${ticket.id}` }],
  })
  // one that is being sent just now is followed by its end only once it has certainly arrived
  await history(ada, 'message.delivered')
  await ada.must('ticket.acknowledge', { key: freshKey(), id: ticket.id })
  expect(await sent(2)).toEqual({
    routing_key: 'R0UT1NG',
    event_action: 'acknowledge',
    dedup_key: triggered.dedup_key,
  })
  await ada.must('ticket.resolve', { key: freshKey(), id: ticket.id, resolution: 'Done.' })
  expect(await sent(3)).toMatchObject({ event_action: 'resolve', dedup_key: triggered.dedup_key })
  const { events } = await ada.must('history.list', { limit: 500 })
  expect(JSON.stringify(events)).not.toContain('R0UT1NG')
})

it('[ES2] a person with a PagerDuty address is told through its service, and it hears how that ended', async () => {
  await using pagerduty = await receiver()
  pagerduty.answer = () => ({ status: 202, body: '{"status":"success"}' })
  await using cp = await open({
    notify: { secrets: { 'pager-key': 'R0UT1NG' }, allowedAddresses: [] },
    parts: { channelBases: { pagerduty: pagerduty.url } },
  })
  const channels = { pager: { kind: 'pagerduty', routingKey: 'pager-key' } }
  const ada = await activate(cp, policyOf(channels, [{ person: 'ana' }]))
  await ada.must('person.add', {
    key: freshKey(),
    id: 'ana',
    role: 'operator',
    addresses: { pagerduty: 'PANA123' },
  })
  const { ticket } = await critical(cp)
  const told = (n: number) =>
    until(`${n} events`, () => pagerduty.received.length >= n && pagerduty.received[n - 1]).then((one) =>
      JSON.parse(one.body),
    )
  expect(await told(1)).toMatchObject({
    event_action: 'trigger',
    payload: { custom_details: { id: ticket.id, responder: 'PANA123' } },
  })
  await history(ada, 'message.delivered')
  await ada.must('ticket.acknowledge', { key: freshKey(), id: ticket.id })
  expect(await told(2)).toMatchObject({
    event_action: 'acknowledge',
    dedup_key: `holdpoint/default/${ticket.id}`,
  })
})

it('[ES2] Slack shows an approval whole, with buttons, or links to it', async () => {
  await using slack = await receiver()
  slack.answer = () => ({ status: 200, body: '{"ok":true,"ts":"1.2"}' })
  await using cp = await open({
    notify: {
      secrets: { bot: 'xoxb-1', signing: 'shh' },
      allowedAddresses: [],
      publicUrl: 'https://holdpoint.example',
    },
    parts: { channelBases: { slack: slack.url } },
  })
  const channels = { chat: { kind: 'slack', token: 'bot', signingSecret: 'signing', to: 'C024BE7LR' } }
  await activate(cp, policyOf(channels, [{ channel: 'chat' }]))
  const agent = await startAgent(await cp.agentSocket({ subject: 'deployer' }))
  const posted = async (action: string, args: unknown) => {
    const before = slack.received.length
    await agent.ask(action, args)
    const one = (await until('a post', () => slack.received[before])) as (typeof slack.received)[number]
    expect(one.path).toBe('/api/chat.postMessage')
    expect(one.headers.authorization).toBe('Bearer xoxb-1')
    const message = JSON.parse(one.body) as {
      channel: string
      blocks: { type: string; text?: { type: string; text: string }; elements?: { action_id: string }[] }[]
    }
    for (const { text } of message.blocks) if (text) expect(text.type).toBe('plain_text')
    const buttons = message.blocks.flatMap(({ elements = [] }) => elements.map(({ action_id }) => action_id))
    return { message, buttons, texts: message.blocks.flatMap(({ text }) => text?.text ?? []) }
  }
  const whole = await posted('send_email', { to: 'bo@example.org' })
  expect(whole.texts).toContain('{"action":"send_email","args":{"to":"bo@example.org"}}')
  expect(whole.buttons).toEqual(['holdpoint.approve', 'holdpoint.deny', 'holdpoint.look'])
  expect(whole.message.channel).toBe('C024BE7LR')

  const linked = ['holdpoint.look']
  expect((await posted('send_email', { text: 'x'.repeat(3_000) })).buttons).toEqual(linked)
  for (const text of ['a<b', 'R&D', 'safe\u202Etxt.exe', 'p\u0430ypal', 'zero\u200Bwidth', 'two  spaces'])
    expect((await posted('send_email', { text })).buttons).toEqual(linked)
  expect((await posted('payment', { amount: 1 })).buttons).toEqual(linked)
  expect((await posted('delete_data', { table: 'users' })).buttons).toEqual(linked)
})

/** Posts what Slack does where somebody presses a button; resolves with the status. */
function pressesOn(cp: Harness<ManualClock>) {
  let presses = 0
  return (
    member: string,
    action: string,
    { id, revision, digest }: { id: string; revision: number; digest: string },
    { at = cp.clock.now(), secret = 'shh', tenant = 'default', kind = 'approval' } = {},
  ) => {
    const value = JSON.stringify({ tenant: 'default', kind, id, revision, digest })
    const payload = {
      type: 'block_actions',
      user: { id: member },
      container: { channel_id: 'C024BE7LR', message_ts: '1.2' },
      actions: [{ action_id: action, value, action_ts: `${++presses}.0` }],
    }
    const raw = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
    const timestamp = String(Math.floor(at / SECOND))
    const signed = createHmac('sha256', secret).update(`v0:${timestamp}:${raw}`).digest('hex')
    return fetch(`${cp.url}/channels/slack/${tenant}/chat`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signed}`,
      },
      body: raw,
    }).then(({ status }) => status)
  }
}

it('[ES2] [AP4] [ID1] a button pressed in Slack decides as the person whose member id it is, with their role, and only signed', async () => {
  await using slack = await receiver()
  slack.answer = () => ({ status: 200, body: '{"ok":true,"ts":"1.2"}' })
  await using cp = await open({
    notify: { secrets: { bot: 'xoxb-1', signing: 'shh' }, allowedAddresses: [] },
    parts: { channelBases: { slack: slack.url } },
  })
  const channels = { chat: { kind: 'slack', token: 'bot', signingSecret: 'signing', to: 'C024BE7LR' } }
  const ada = await activate(cp, policyOf(channels, [{ channel: 'chat' }]))
  for (const [id, role, member] of [
    ['ana', 'approver', 'UANA'],
    ['vic', 'viewer', 'UVIC'],
  ])
    await ada.must('person.add', { key: freshKey(), id, role, addresses: { slack: member } })
  const agent = await startAgent(await cp.agentSocket({ subject: 'deployer' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const { approval: card } = await agent.ask('payment', { amount: 1 })
  await until('both posts', () => slack.received.length >= 2)

  const press = pressesOn(cp)
  const told = () => (JSON.parse(slack.received.at(-1)?.body ?? '') as { text: string }).text
  const status = async (id: string) => (await ada.must('approval.get', { id })).approval.status

  expect(await press('UANA', 'holdpoint.approve', approval, { secret: 'guess' })).toBe(401)
  expect(await press('UANA', 'holdpoint.approve', approval, { at: cp.clock.now() - 301 * SECOND })).toBe(401)
  expect(await press('UANA', 'holdpoint.approve', approval, { tenant: 'other' })).toBe(404)
  expect(await press('UNOBODY', 'holdpoint.approve', approval)).toBe(200)
  expect(told()).toContain('No person has your Slack id')
  expect(await press('UVIC', 'holdpoint.approve', approval)).toBe(200)
  expect(told()).toContain('Nothing was changed')
  // nor may who only looks on end it, or silence a page
  expect(await press('UVIC', 'holdpoint.deny', approval)).toBe(200)
  expect(told()).toBe('Nothing was changed: This takes the role operator; yours is viewer.')
  await agent.send('escalation.raise', { reason: 'user_request', context: {} })
  const [ticket] = (await ada.must('ticket.list', {})).tickets as [{ id: string }]
  const acknowledge = (member: string) =>
    press(member, 'holdpoint.ack', { ...approval, id: ticket.id }, { kind: 'ticket' })
  const stands = async () => (await ada.must('ticket.get', { id: ticket.id })).ticket.status
  expect(await acknowledge('UVIC')).toBe(200)
  expect(told()).toContain('This takes the role operator')
  expect(await stands()).toBe('open')
  expect(await acknowledge('UANA')).toBe(200)
  expect(await stands()).toBe('acknowledged')
  expect(await press('UANA', 'holdpoint.approve', { ...approval, revision: 2 })).toBe(200)
  expect(told()).toContain('Nothing was changed')
  expect(await press('UANA', 'holdpoint.approve', card)).toBe(200)
  expect(told()).toContain('use the console')
  expect([await status(approval.id), await status(card.id)]).toEqual(['pending', 'pending'])

  // a link was opened: heard, and nothing is said of it
  const before = slack.received.length
  expect(await press('UANA', 'holdpoint.look', approval)).toBe(200)
  expect(slack.received).toHaveLength(before)

  expect(await press('UANA', 'holdpoint.approve', approval)).toBe(200)
  expect(told()).toBe('Approved by ana.')
  expect((await ada.must('approval.get', { id: approval.id })).approval).toMatchObject({
    status: 'approved',
    decidedBy: 'ana',
  })
  const { approval: second } = await agent.ask('send_email', { to: 'y' })
  expect(await press('UANA', 'holdpoint.deny', second)).toBe(200)
  expect(await status(second.id)).toBe('denied')
})

it('[ES2] [PR2] [AP4] a press whose outcome nobody knows is told as that, and pressed again it is done once', async () => {
  await using slack = await receiver()
  slack.answer = () => ({ status: 200, body: '{"ok":true,"ts":"1.2"}' })
  let lost = false
  await using cp = await open({
    notify: { secrets: { bot: 'xoxb-1', signing: 'shh' }, allowedAddresses: [] },
    parts: { channelBases: { slack: slack.url } },
    storeSeen: (store) =>
      Object.assign(Object.create(store) as EmbeddedStore, {
        commit: async (change: Change) => {
          const result = await store.commit(change)
          if (!lost || change.remember?.command.principal !== 'person ana') return result
          lost = false
          throw new OutcomeUnknown('no answer came')
        },
      }),
  })
  const channels = { chat: { kind: 'slack', token: 'bot', signingSecret: 'signing', to: 'C024BE7LR' } }
  const ada = await activate(cp, policyOf(channels, [{ channel: 'chat' }]))
  await ada.must('person.add', {
    key: freshKey(),
    id: 'ana',
    role: 'approver',
    addresses: { slack: 'UANA' },
  })
  const agent = await startAgent(await cp.agentSocket({ subject: 'deployer' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  await until('the post', () => slack.received.length >= 1)
  const press = pressesOn(cp)
  const told = () => (JSON.parse(slack.received.at(-1)?.body ?? '') as { text: string }).text

  lost = true
  expect(await press('UANA', 'holdpoint.approve', approval)).toBe(200)
  expect(lost).toBe(false)
  expect(told()).toMatch(/^Whether this was done is not known; look at it in the console/)
  expect(await press('UANA', 'holdpoint.approve', approval)).toBe(200)
  expect(told()).toMatch(/^Nothing was changed: /)
  expect((await ada.must('approval.get', { id: approval.id })).approval).toMatchObject({
    status: 'approved',
    decidedBy: 'ana',
  })
  expect((await ada.must('history.list', { type: 'approval.approved' })).events).toHaveLength(1)
})

it('[ID4] a flood of unsigned presses from one address is refused unread, and keeps no press of another out', async () => {
  let reads = 0
  let counting = false
  await using cp = await open({
    notify: { secrets: { bot: 'xoxb-1', signing: 'shh' }, allowedAddresses: [] },
    storeSeen: (store) =>
      Object.assign(Object.create(store) as EmbeddedStore, {
        heads: () => {
          if (counting) reads += 1
          return store.heads()
        },
      }),
  })
  const channels = { chat: { kind: 'slack', token: 'bot', signingSecret: 'signing', to: 'C024BE7LR' } }
  await activate(cp, policyOf(channels, [{ channel: 'chat' }]))
  const flood = async (): Promise<number | undefined> => {
    const asked = request(`${cp.url}/channels/slack/default/chat`, {
      method: 'POST',
      localAddress: '127.0.0.2',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    asked.end('payload=%7B%7D')
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  counting = true
  const statuses: (number | undefined)[] = []
  for (let n = 0; n < 220; n++) statuses.push(await flood())
  counting = false
  // The clock stands still, so that exactly the burst is let in.
  expect(statuses).toEqual([...Array(200).fill(401), ...Array(20).fill(429)])
  expect(reads).toBe(200)
  const unknown = { id: 'x', revision: 1, digest: 'sha256:x' }
  expect(await pressesOn(cp)('UANA', 'holdpoint.approve', unknown)).toBe(200)
})
