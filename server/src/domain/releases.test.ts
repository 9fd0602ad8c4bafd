import { builtInPolicy, HOUR, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { asked, released, started } from './testing/stages.ts'
import { code, digest, value, type World } from './testing/world.ts'

describe('deciding', () => {
  it('[AP4] [ID1] who only looks on decides nothing, by whatever way their command came', () => {
    const world = asked()
    const vic = { id: 'vic', role: 'viewer' } as const
    const { id, revision, digest: bytes } = world.item()
    const body = { key: 'k', id, revision, digest: bytes }
    world.raise('user_request')
    const standing = JSON.stringify(world.doc)
    for (const decision of [
      world.approve(world.item(), vic),
      world.deny(world.item(), 'no', vic),
      world.person({ type: 'approval.respond', body: { ...body, message: 'no' }, by: vic }),
      world.person({ type: 'ticket.acknowledge', id: world.ticket().id, by: vic }),
      world.person({ type: 'agent.stop', reason: 'no', by: vic }),
    ])
      expect(decision.answer).toMatchObject({ error: { code: 'forbidden', details: { role: 'operator' } } })
    expect(JSON.stringify(world.doc)).toBe(standing)
  })
  it('[AP2] the first decision stands', () => {
    const world = released()
    const late = world.deny(world.item())
    expect(code(late)).toBe('already_decided')
    expect(late.answer).toMatchObject({
      error: { details: { standing: { status: 'approved', decidedBy: 'ana' } } },
    })
  })
  it('[AP2] the first decision stands after the item has left its document', () => {
    const world = asked()
    const item = world.item()
    world.deny(item)
    expect(world.agent.approvals).toHaveLength(0)
    expect(code(world.approve(item))).toBe('already_decided')
  })
  it('[AP3] at the very ms of its expiry nobody can release it, and it is recorded as expired', () => {
    const world = asked()
    const item = world.item()
    world.at = (item.expiresAt ?? 0) - 1
    expect(world.deadlines.get(`expire:${item.id}`)).toBe(item.expiresAt)
    const copy = { ...world.doc }
    world.at += 1
    expect(code(world.approve(item))).toBe('expired')
    expect(copy).toMatchObject({ approvals: [{ status: 'pending' }] })
    expect(world.records.get(item.id)).toMatchObject({ status: 'expired', decidedBy: 'system' })
    expect(world.state).toBe('running')
    expect(world.deadlines.size).toBe(0)
  })
  it('[AP3] a release is bound to the store clock by notAfter', () => {
    const world = asked()
    const item = world.item()
    expect(world.approve(item).effects?.notAfter).toBe(item.expiresAt)
  })
  it('[AP3] a deadline that fires early changes nothing', () => {
    const world = asked()
    expect(world.do({ type: 'approval.expire', id: world.item().id }).effects).toBeUndefined()
  })
  it('[AP4] other bytes or another revision than were shown are a conflict', () => {
    const world = asked()
    const item = world.item()
    expect(code(world.approve({ ...item, revision: 2 }))).toBe('conflict')
    expect(code(world.approve({ ...item, digest: `sha256:${'0'.repeat(64)}` }))).toBe('conflict')
    expect(world.item().status).toBe('pending')
  })
  it('[AP4] edited arguments are a new revision, and what runs', () => {
    const world = asked()
    const item = world.item()
    const edited = { to: 'legal@example.org' }
    world.approve(item, 'approver', edited)
    expect(world.item()).toMatchObject({
      revision: 2,
      digest: digest('send_email', edited),
      askedDigest: item.digest,
      status: 'approved',
    })
    expect(world.blobs.has(world.item().digest)).toBe(true)
    expect(code(world.begin(item))).toBe('conflict')
    expect(code(world.begin(world.item()))).toBe('ok')
  })
  it('[AP4] edited arguments stand under AP10 too', () => {
    const world = asked()
    expect(code(world.approve(world.item(), 'approver', { n: 1e300 * 10 }))).toBe('invalid')
    expect(world.item().status).toBe('pending')
  })
  it.each([
    [{ to: 'x@example.org' }, ['x@example.org'], 'an object; edited, they can not be a list'],
    [{ to: 'x@example.org' }, 'x@example.org', 'an object; edited, they can not be a string'],
    [{ to: 'x@example.org' }, null, 'an object; edited, they can not be null'],
    [['a'], { a: 1 }, 'a list; edited, they can not be an object'],
    ['a', 1, 'a string; edited, they can not be a number'],
  ])('[AP4] edited arguments stay of one kind: %j is not made %j', (args, edited, why) => {
    const world = asked('send_email', args)
    const refused = world.approve(world.item(), 'approver', edited)
    expect(refused.answer).toMatchObject({ ok: false, error: { code: 'invalid' } })
    expect(refused.answer).toMatchObject({ error: { message: `The arguments are ${why}.` } })
    expect(world.item()).toMatchObject({ status: 'pending', revision: 1 })
  })
  it('[AP4] a response runs nothing and is no denial by reason', () => {
    const world = asked()
    const { id, revision, digest: shown } = world.item()
    world.person({
      type: 'approval.respond',
      body: { key: 'k', id, revision, digest: shown, message: 'Use the staging list.' },
      by: { id: 'ana', role: 'operator' },
    })
    expect(world.records.get(id)).toMatchObject({ status: 'denied', response: 'Use the staging list.' })
  })
  it.each([
    ['send_email', 'operator', 'forbidden'],
    ['send_email', 'approver', 'ok'],
    ['api_call', 'operator', 'ok'],
    ['delete_data', 'approver', 'forbidden'],
    ['delete_data', 'admin', 'ok'],
    ['payment', 'admin', 'second_factor_required'],
  ] as const)('[AP] %s by a person with role %s: %s', (action, role, expected) => {
    const world = asked(action)
    expect(code(world.approve(world.item(), role))).toBe(expected)
  })
  it('[SF1] a payment takes a fresh proof of a factor, for it and for these bytes', () => {
    const world = asked('payment')
    const { id, digest: shown } = world.item()
    const proof = { purpose: { kind: 'release', approval: id, digest: shown }, at: world.at } as const
    const by = (factor: Partial<typeof proof>) =>
      code(world.approve(world.item(), { id: 'ana', role: 'approver', factor: { ...proof, ...factor } }))
    for (const other of [{ approval: 'another' }, { digest: digest('payment', { amount: 2 }) as never }])
      expect(by({ purpose: { ...proof.purpose, ...other } as typeof proof.purpose })).toBe(
        'second_factor_required',
      )
    expect(by({ at: world.at - 10 * MINUTE })).toBe('second_factor_required')
    expect(by({})).toBe('ok')
  })
  it('[PO6] a release takes the role that today’s policy asks for, and that of when it was asked for', () => {
    for (const [then, today] of [
      ['review', 'admin_only'],
      ['admin_only', 'review'],
    ] as const) {
      const world = started()
      const asking = (level: typeof then | typeof today) => ({
        ...world.policy,
        catalogue: { ...world.policy.catalogue, odd_job: { level, class: 'external_api' as const } },
      })
      world.policy = asking(then)
      world.request('odd_job')
      world.policy = asking(today)
      expect(code(world.approve(world.item(), 'approver'))).toBe('forbidden')
      expect(code(world.approve(world.item(), 'admin'))).toBe('ok')
    }
  })
  it('[AP4] [PO6] nor does an edit get past what it was asked under, where policy asks for less by now', () => {
    const asking = (version: string, level: 'review' | 'admin_only') => ({
      ...builtInPolicy,
      version,
      catalogue: { ...builtInPolicy.catalogue, odd_job: { level, class: 'external_api' as const } },
    })
    const world = started()
    world.policy = asking('strict', 'admin_only')
    world.request('odd_job', { n: 1 })
    world.policy = asking('loose', 'review')
    for (const role of ['operator', 'approver'] as const)
      expect(code(world.approve(world.item(), role, { n: 2 }))).toBe('forbidden')
    expect(code(world.approve(world.item(), 'admin', { n: 2 }))).toBe('ok')
    expect(world.item()).toMatchObject({ revision: 2, status: 'approved', role: 'admin' })

    const later = started()
    later.policy = asking('loose', 'review')
    later.request('odd_job', { n: 1 })
    later.policy = asking('strict', 'admin_only')
    expect(code(later.approve(later.item(), 'approver', { n: 2 }))).toBe('forbidden')
    expect(code(later.approve(later.item(), 'admin', { n: 2 }))).toBe('ok')
  })
  it('[AP4] denying needs no factor', () => {
    const world = asked('payment')
    expect(code(world.deny(world.item()))).toBe('ok')
  })
  it('[AP8] a denial sticks for an hour, in whatever run, with the first reason', () => {
    const world = asked()
    world.deny(world.item(), 'Legal has not read it.')
    world.complete()
    world.start('process-2')
    const again = value(world.request('send_email', { to: 'x@example.org' }, { key: 'again' }))
    expect(again).toMatchObject({
      verdict: 'refused',
      code: 'denied_before',
      reason: 'Legal has not read it.',
    })
    expect(world.agent.approvals).toEqual([])
    world.at += HOUR
    expect(value(world.request('send_email', { to: 'x@example.org' }))).toMatchObject({ verdict: 'wait' })
  })
  it('[AP8] what was asked while the agent was held is refused with the first reason too, when it goes on', () => {
    const world = asked()
    const first = world.item()
    world.intervene('agent.pause')
    world.request('send_email', { to: 'y@example.org' })
    const { id } = world.item()
    world.deny(first, 'Legal has not read it.')
    world.request('send_email', { to: 'x@example.org' })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ id, status: 'pending' })
    expect(world.agent.approvals).toHaveLength(1)

    const late = asked()
    late.intervene('agent.pause')
    late.request('api_call', {})
    const held = late.item()
    late.doc = {
      ...late.agent,
      denials: [{ digest: held.digest, reason: 'Not by anybody.', until: late.at + HOUR }],
    }
    late.intervene('agent.resume')
    expect(late.records.get(held.id)).toMatchObject({
      status: 'denied',
      decidedBy: 'policy',
      reason: 'Not by anybody.',
    })
    expect(late.agent.denialsInRow).toBe(0)
  })
  it('[AP8] a response is no denial, and neither is an expiry', () => {
    const world = asked()
    const { id, revision, digest: shown } = world.item()
    const body = { key: 'k', id, revision, digest: shown, message: 'Ask later.' }
    world.person({ type: 'approval.respond', body, by: { id: 'ana', role: 'operator' } })
    expect(value(world.request('send_email', { to: 'x@example.org' }))).toMatchObject({ verdict: 'wait' })
    world.at = world.item().expiresAt ?? 0
    world.do({ type: 'approval.expire', id: world.item().id })
    expect(value(world.request('send_email', { to: 'x@example.org' }))).toMatchObject({ verdict: 'wait' })
  })
  it('[AP8] five denials in a row open one ticket', () => {
    const world = started()
    const denyOne = (n: number) => {
      world.request('send_email', { n })
      world.deny(world.item())
    }
    for (let n = 0; n < 4; n++) denyOne(n)
    world.request('send_email', { n: 'fine' })
    world.approve(world.item())
    for (let n = 4; n < 8; n++) denyOne(n)
    expect(world.agent.tickets).toEqual([])
    denyOne(8)
    denyOne(9)
    expect(world.agent.tickets).toMatchObject([{ reason: 'repeated_denials' }])
  })
  it('[ID2] an unknown id is not found', () => {
    const world = started()
    expect(code(world.approve({ id: 'nothing', revision: 1, digest: digest('a', {}) as never }))).toBe(
      'not_found',
    )
  })
  it('[AP11] shows how far it got', () => {
    const world = asked()
    const { id } = world.item()
    world.do({ type: 'approvals.noted', delivered: [id], seen: [], by: 'ana' })
    world.at += 5
    world.do({ type: 'approvals.noted', delivered: [id], seen: [id], by: 'bo' })
    world.do({ type: 'approvals.noted', delivered: [id], seen: [id], by: 'cy' })
    expect(world.records.get(id)).toMatchObject({
      stages: { delivered: { by: 'ana' }, seen: { by: 'bo' } },
    })
    expect(world.types().filter((type) => type === 'approval.seen')).toHaveLength(1)
  })
})

describe('withdrawing', () => {
  const cancel = (world: World, id: string) =>
    world.do({
      type: 'approval.cancel',
      identity: { labels: {} },
      body: { key: 'k', id, reason: 'Done by hand.' },
    })
  it('[AP2] its agent may withdraw it', () => {
    const world = asked()
    const { id } = world.item()
    expect(code(cancel(world, id))).toBe('ok')
    expect(world.records.get(id)).toMatchObject({ status: 'cancelled' })
    expect(world.state).toBe('running')
  })
  it('[AP2] a release that is withdrawn keeps its status and can not begin', () => {
    const world = released()
    const item = world.item()
    expect(code(cancel(world, item.id))).toBe('ok')
    expect(world.records.get(item.id)).toMatchObject({ status: 'approved' })
    expect(code(world.begin(item))).toBe('expired')
  })
  it('[AP9] what was begun can not be withdrawn', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    expect(code(cancel(world, item.id))).toBe('conflict')
  })
})
