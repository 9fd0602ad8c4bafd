import { MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

const mail = { to: 'bo@example.org' }

describe('AP4: what a person can do', () => {
  it('[AP4] a denial reaches the agent with its reason, and nothing is left to begin', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)

    await ana.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'wrong list' })

    const push = await agent.socket.heard('push', ({ items }) => items.length > 0)
    expect(push.items[0]).toMatchObject({
      type: 'approval.settled',
      data: { id: approval.id, status: 'denied', reason: 'wrong list' },
    })
    expect(await agent.begin(approval)).toMatchObject({ ok: false, error: { code: 'not_released' } })
  })

  it('[AP3] [AP9] each view with a deadline says how much of it is left as it is sent, a repeated answer too', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const asking = { key: freshKey(), epoch: agent.epoch, action: 'send_email', args: mail }
    const { approval } = await agent.socket.must('action.request', asking)
    expect(approval.remainingMs).toBe(24 * 60 * MINUTE)
    const { ticket } = await agent.send('question.ask', { question: 'Now?' })
    expect(ticket.remainingMs).toBe(Date.parse(ticket.expiresAt) - clock.now())
    await clock.advance(MINUTE)
    const again = await agent.socket.must('action.request', asking)
    expect(again).toMatchObject({ replayed: true, approval: { remainingMs: 24 * 60 * MINUTE - MINUTE } })

    const released = await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
    expect(released.approval.remainingMs).toBe(15 * MINUTE)
    expect(released.events[0].data.approval.remainingMs).toBe(15 * MINUTE)
    const push = await agent.socket.heard('push', ({ items }) => items[0]?.type === 'approval.settled')
    expect(push.items[0].data.remainingMs).toBe(15 * MINUTE)
    await agent.begin(approval)
    expect((await ana.must('approval.get', { id: approval.id })).approval).not.toHaveProperty('remainingMs')
  })

  it('[AP4] a message instead of running is denied with a response', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    const answer = await ana.must('approval.respond', {
      key: freshKey(),
      ...shown(approval),
      message: 'ask Cy first',
    })
    expect(answer.approval).toMatchObject({ status: 'denied', response: 'ask Cy first' })
  })

  it('[AP4][AP9] edited arguments are what the agent gets back to run', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    const edited = await ana.must('approval.approve', {
      key: freshKey(),
      ...shown(approval),
      args: { to: 'cy@example.org' },
    })
    expect(edited.approval.revision).toBe(2)
    expect(await agent.begin(approval)).toMatchObject({ ok: false, error: { code: 'conflict' } })
    const begun = await agent.begin(edited.approval)
    expect(begun.canonical).toBe('{"action":"send_email","args":{"to":"cy@example.org"}}')
    const detail = await ana.must('approval.get', { id: approval.id })
    expect(detail.approval).toMatchObject({
      canonical: begun.canonical,
      askedCanonical: '{"action":"send_email","args":{"to":"bo@example.org"}}',
    })
  })

  it('[AP2] of two decisions at once one wins, and the other is told what stands', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const [ana, bo] = [await cp.operatorSocket({}), await cp.operatorSocket({ subject: 'bo' })]
    const { approval } = await agent.ask('send_email', mail)
    const answers = await Promise.all([
      ana.request('approval.approve', { key: freshKey(), ...shown(approval) }),
      bo.request('approval.deny', { key: freshKey(), ...shown(approval), reason: 'no' }),
    ])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const refused = answers.find(({ ok }) => !ok)
    expect(refused?.error?.code).toBe('already_decided')
    expect(refused?.error?.details?.standing).toMatchObject({ id: approval.id })
  })

  it('[AP2] the agent withdraws what it no longer wants', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    const cancelled = await agent.socket.must('approval.cancel', {
      key: freshKey(),
      id: approval.id,
      reason: 'not needed',
    })
    expect(cancelled).toMatchObject({ approval: { status: 'cancelled' }, state: 'running' })
    expect(await ana.request('approval.approve', { key: freshKey(), ...shown(approval) })).toMatchObject({
      error: { code: 'already_decided' },
    })
  })
})

describe('AP3: time', () => {
  it('[AP3] the last ms before expiry releases, the next one does not', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const ana = await cp.operatorSocket({})
    const asked = []
    for (const subject of ['in-time', 'late']) {
      const agent = await startAgent(await cp.agentSocket({ subject }))
      asked.push((await agent.ask('api_call', { url: 'https://example.org' })).approval)
    }
    await clock.advance(60 * MINUTE - 1)
    // tokens live an hour from before: fresh ones for a new console
    const bo = await cp.operatorSocket({ subject: 'bo' })
    expect(await bo.request('approval.approve', { key: freshKey(), ...shown(asked[0]) })).toMatchObject({
      ok: true,
    })
    await clock.advance(1)
    expect(await bo.request('approval.approve', { key: freshKey(), ...shown(asked[1]) })).toMatchObject({
      ok: false,
      error: { code: 'expired' },
    })
    expect(await ana.ended).toBeDefined()
  })

  it('[AP3][PR5] expiry fires by itself at its ms, once, and tells the agent', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const token = await cp.token({ subject: 'caller', ttlMs: 3 * 60 * MINUTE })
    const agent = await startAgent(await cp.connect('/agent', { token, protocol: 1 }))
    const { approval } = await agent.ask('api_call', { url: 'https://example.org' })
    await clock.advance(60 * MINUTE - 1)
    expect(agent.socket.pushes).toEqual([])
    await clock.advance(1)
    const push = await agent.socket.heard('push')
    expect(push).toMatchObject({
      state: 'running',
      items: [{ data: { status: 'expired', id: approval.id } }],
    })
    const ana = await cp.operatorSocket({})
    const { events } = await ana.must('history.list', { type: 'approval.expired' })
    expect(events).toHaveLength(1)
    expect(Date.parse(events[0].at)).toBe(Date.parse(approval.expiresAt))
  })

  it('[AP9] a release that is not begun in time lapses', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
    await clock.advance(15 * MINUTE)
    expect(await agent.begin(approval)).toMatchObject({ ok: false, error: { code: 'expired' } })
  })

  it('[PR5] what fell due while the server was down fires when it is back', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const { approval } = await agent.ask('api_call', { url: 'https://example.org' })
    await cp.restart(() => clock.advance(90 * MINUTE))
    await clock.advance(0)
    const ana = await cp.operatorSocket({})
    const { approval: after } = await ana.must('approval.get', { id: approval.id })
    expect(after.status).toBe('expired')
  })
})

describe('AP7: the same key is the same request', () => {
  it('[AP7][PR2] a resent request gets its first answer, and there is one item', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const first = await agent.ask('send_email', mail, { key: 'same' })
    const again = await agent.ask('send_email', mail, { key: 'same' })
    expect(again).toMatchObject({ ok: true, replayed: true, action: first.action })
    const { approvals } = await ana.must('approval.list', {})
    expect(approvals).toHaveLength(1)
  })

  it('[AP7] another payload under the same key is a conflict', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await agent.ask('send_email', mail, { key: 'same' })
    expect(await agent.ask('send_email', { to: 'else' }, { key: 'same' })).toMatchObject({
      error: { code: 'conflict' },
    })
  })

  it('[AP7] a resent decision does not meet its own effect', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    const decision = { key: 'yes', ...shown(approval) }
    await ana.must('approval.approve', decision)
    const again = await ana.must('approval.approve', decision)
    expect(again).toMatchObject({ replayed: true, approval: { status: 'approved' }, events: [] })
  })

  it('[AP9] begin answers the same process twice, and another process never', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', mail)
    await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
    const first = await agent.begin(approval, { key: 'begin' })
    expect(await agent.begin(approval, { key: 'begin' })).toMatchObject({
      ok: true,
      replayed: true,
      canonical: first.canonical,
    })
    await clock.advance(16_000)
    const other = await startAgent(await cp.agentSocket({ subject: 'mailer' }), { takeover: true })
    expect(await other.begin(approval, { key: 'begin' })).toMatchObject({
      ok: false,
      error: { code: 'unknown_outcome' },
    })
  })

  it('[AP9] a request that was free to go is not run twice by a later process', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'reader' }))
    expect(await agent.ask('read_file', { path: 'a' }, { key: 'read' })).toMatchObject({ verdict: 'go' })
    expect(await agent.ask('read_file', { path: 'a' }, { key: 'read' })).toMatchObject({
      verdict: 'go',
      replayed: true,
    })
    await clock.advance(16_000)
    const other = await startAgent(await cp.agentSocket({ subject: 'reader' }), { takeover: true })
    expect(await other.ask('read_file', { path: 'a' }, { key: 'read' })).toMatchObject({
      ok: false,
      error: { code: 'unknown_outcome' },
    })
  })
})

describe('AP14: a tenant’s quota', () => {
  it('[AP14] one agent and its workers can not crowd another out, also after a restart', async () => {
    await using cp = await controlPlane()
    const policy = { version: 'v2', caps: { tenantOpenItems: 4 } }
    const root = await cp.operatorSocket({ subject: 'root' })
    await root.must('policy.activate', { key: freshKey(), policy, reason: 'A small tenant.' })
    const asks = async (agent: Awaited<ReturnType<typeof startAgent>>, n: number) => {
      const { ok, error } = await agent.socket.request('action.request', {
        key: freshKey(),
        epoch: agent.epoch,
        action: 'send_email',
        args: { n },
      })
      return ok ? 'taken' : error?.code
    }
    const token = { subject: 'flood' }
    const worker = async (name: string) => startAgent(await cp.agentSocket(token), { agent: `flood/${name}` })
    const [first, second] = [await worker('1'), await worker('2')]
    expect(await Promise.all([0, 1, 2, 3].map((n) => asks(n % 2 ? first : second, n)))).not.toContain(
      'rate_limited',
    )
    expect(await asks(first, 4)).toBe('rate_limited')
    const calm = await startAgent(await cp.agentSocket({ subject: 'calm' }))
    expect([await asks(calm, 0), await asks(calm, 1), await asks(calm, 2)]).toEqual([
      'taken',
      'taken',
      'rate_limited',
    ])

    await cp.restart()
    const again = await startAgent(await cp.agentSocket({ subject: 'flood' }))
    expect(await asks(again, 5)).toBe('rate_limited')
    const late = await startAgent(await cp.agentSocket({ subject: 'late' }))
    expect(await asks(late, 0)).toBe('taken')
  })
})
