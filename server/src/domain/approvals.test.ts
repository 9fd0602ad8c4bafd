import { builtInPolicy, DAY, HOUR, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { code, digest, T0, value, World } from './testing/world.ts'

const started = () => {
  const world = new World()
  world.start()
  return world
}
const asked = (action = 'send_email', args: unknown = { to: 'x@example.org' }) => {
  const world = started()
  world.request(action, args)
  return world
}
const released = (action?: string, args?: unknown) => {
  const world = asked(action, args)
  world.approve(world.item())
  return world
}

/** The answer that speaks of this item. */
const as = ({ id }: { readonly id: string }) => ({ action: { id } })

describe('asking', () => {
  it('[PO5] what needs nobody goes at once, and the request is the claim', () => {
    const world = started()
    const answer = value(world.request('read_file', { path: 'a' }))
    expect(answer).toMatchObject({ verdict: 'go', level: 'none' })
    expect(world.item()).toMatchObject({ status: 'auto_approved', begun: { instance: 'process-1' } })
    expect(world.state).toBe('running')
  })
  it('[AP1] an action that nobody listed is required', () => {
    const world = asked('launch_rocket')
    expect(world.item()).toMatchObject({ status: 'pending', level: 'required', role: 'approver' })
    expect(world.item().expiresAt).toBe(T0 + DAY)
    expect(world.state).toBe('awaiting_input')
  })
  it('[AP9] stores the canonical bytes under their digest', () => {
    const world = asked('send_email', { to: 'x', cc: ['y'] })
    expect(world.item().digest).toBe(digest('send_email', { cc: ['y'], to: 'x' }))
    expect(world.blobs.get(world.item().digest)).toBe('{"action":"send_email","args":{"cc":["y"],"to":"x"}}')
  })
  it('[AG1] [AP7] who waits for it only now is blocked by it from now on', () => {
    const world = new World()
    world.start()
    world.request('send_email', { to: 'x' }, { blocking: false })
    expect(world.state).toBe('running')
    const again = value(world.request('send_email', { to: 'x' }))
    expect(again).toMatchObject({ verdict: 'wait', approval: { blocking: true } })
    expect([world.state, world.agent.machine.context.blocking]).toEqual(['awaiting_input', 1])
    world.request('send_email', { to: 'x' })
    world.request('send_email', { to: 'x' }, { blocking: false })
    expect([world.item().blocking, world.agent.machine.context.blocking]).toEqual([true, 1])
    world.approve(world.item())
    expect(world.state).toBe('running')
  })
  it('[AP7] the same bytes asked again while pending fold into the first', () => {
    const world = asked()
    const again = value(world.request('send_email', { to: 'x@example.org' }, { key: 'another' }))
    expect(again).toMatchObject({ verdict: 'wait', action: { id: world.item().id } })
    expect(world.agent.approvals).toHaveLength(1)
  })
  it('[AP7] what was released while its process was gone is found by the one that asks for the same after it', () => {
    const world = released()
    const item = world.item()
    world.start('process-2', { takeover: true })
    const again = value(world.request('send_email', { to: 'x@example.org' }, { key: 'unheard of' }))
    expect(again).toMatchObject({ verdict: 'wait', approval: { id: item.id, status: 'approved' } })
    expect(world.agent.approvals).toHaveLength(1)
    expect(code(world.begin(item))).toBe('ok')
    // a second one is asked for afresh
    expect(value(world.request('send_email', { to: 'x@example.org' }))).not.toMatchObject(as(item))
  })
  it('[AP7] the process that asked for it itself, or one that comes too late, gets no release twice', () => {
    const world = released()
    const item = world.item()
    expect(value(world.request('send_email', { to: 'x@example.org' }))).not.toMatchObject(as(item))
    const later = released()
    const left = later.item()
    later.start('process-2', { takeover: true })
    later.at = left.useBy ?? 0
    expect(value(later.request('send_email', { to: 'x@example.org' }))).not.toMatchObject(as(left))
  })
  it('[AP7] [PO6] what counts no more is in nobody’s way: the next process asks for a release of its own', () => {
    const world = released()
    const item = world.item()
    world.people = { signers: { ana: { role: 'operator', void: false } } }
    world.start('process-2', { takeover: true })
    expect(code(world.begin(item))).toBe('not_permitted')
    const again = value(world.request('send_email', { to: 'x@example.org' }, { key: 'another' }))
    expect(again).toMatchObject({ verdict: 'wait', approval: { status: 'pending', revision: 1 } })
    expect(again).not.toMatchObject(as(item))
    expect(world.agent.approvals.map(({ id }) => id)).toEqual([world.item().id])
    expect(world.records.get(item.id)).toMatchObject({ stages: { lapsed: { by: 'system' } } })
    // nor does the first come back with who released it
    world.people = undefined
    expect(code(world.begin(item))).toBe('expired')
    world.approve(world.item(), { id: 'bo', role: 'approver' })
    expect(code(world.begin(world.item()))).toBe('ok')
  })
  it('[AP10] refuses what could not be shown whole', () => {
    expect(code(started().request('send_email', { body: 'x'.repeat(70_000) }))).toBe('too_large')
    expect(code(started().request('send_email', { n: 2 ** 60 }))).toBe('invalid')
  })
  it('[AP2] [AG7] what an order ends on the way of a decision was decided, not unknown', () => {
    const world = asked()
    const item = world.item()
    world.placed('stop')
    const { answer } = world.approve(item)
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'already_decided', details: { standing: { id: item.id, status: 'cancelled' } } },
    })
  })
  it('[AP14] caps what is open', () => {
    const world = started()
    for (let n = 0; n < 20; n++) world.request('send_email', { n }, { blocking: false })
    expect(code(world.request('send_email', { n: 20 }))).toBe('rate_limited')
    expect(code(world.ask())).toBe('rate_limited')
  })
  it('[AP14] caps what was begun and never reported', () => {
    const world = started()
    for (let n = 0; n < 64; n++) expect(code(world.request('read_file', { n }))).toBe('ok')
    expect(code(world.request('read_file', { n: 64 }))).toBe('rate_limited')
    world.report(world.item().id, 'success')
    expect(code(world.request('read_file', { n: 64 }))).toBe('ok')
  })
  it('[PO1] an older epoch is refused and changes nothing', () => {
    const world = started()
    const old = world.epoch
    world.start('process-2', { takeover: true })
    const before = world.doc
    expect(code(world.request('read_file', {}, { epoch: old }))).toBe('stale_epoch')
    expect(world.doc).toBe(before)
  })
  it('[PO2] what policy forbids is an answer with a reason, and a ticket', () => {
    const world = started()
    world.policy = {
      ...world.policy,
      autonomy: {
        ...world.policy.autonomy,
        supervised: { ...world.policy.autonomy.supervised, forbidden: ['delete'] },
      },
    }
    const answer = value(world.request('delete_data', { path: '/' }))
    expect(answer).toMatchObject({ verdict: 'refused', code: 'not_permitted' })
    expect(world.ticket()).toMatchObject({ reason: 'policy_violation', priority: 2 })
    expect(world.agent.approvals).toHaveLength(0)
    world.request('delete_data', { path: '/etc' })
    expect(world.agent.tickets).toHaveLength(1)
    expect(world.agent.autonomy.trust).toBeCloseTo(0.49)
  })
})

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

describe('beginning and reporting', () => {
  it('[AP9] released → begun → reported, once each', () => {
    const world = released()
    const item = world.item()
    expect(code(world.begin(item))).toBe('ok')
    expect(code(world.begin(item))).toBe('conflict')
    expect(code(world.report(item.id, 'success'))).toBe('ok')
    expect(code(world.report(item.id, 'failure'))).toBe('already_reported')
    expect(code(world.begin(item))).toBe('already_reported')
    expect(world.agent.autonomy).toMatchObject({ successes: 1, failures: 0 })
    expect(world.deadlines.size).toBe(0)
  })
  it('[AP9] what nobody released can not begin', () => {
    const world = asked()
    expect(code(world.begin(world.item()))).toBe('not_released')
    expect(code(world.report(world.item().id, 'success'))).toBe('not_released')
  })
  it('[AP9] a release may be used for 15 minutes', () => {
    const world = released()
    const item = world.item()
    expect(item.useBy).toBe(T0 + 15 * MINUTE)
    world.at = T0 + 15 * MINUTE - 1
    expect(world.do({ type: 'approval.lapse', id: item.id }).effects).toBeUndefined()
    world.at += 1
    expect(code(world.begin(item))).toBe('expired')
    expect(world.types()).toContain('approval.lapsed')
    expect(world.records.get(item.id)).toMatchObject({
      status: 'approved',
      stages: { lapsed: { by: 'system' } },
    })
  })
  it('[AP9] [PO1] for no longer than policy’s bound either, where it was decided when its agent went on', () => {
    const world = new World()
    world.policy = { ...builtInPolicy, release: { useByMs: 2 * HOUR, maxUseByMs: HOUR } }
    world.start()
    world.intervene('agent.pause')
    world.request('read_file', {})
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ status: 'auto_approved', useBy: world.at + HOUR })
    expect(world.deadlines.get(`lapse:${world.item().id}`)).toBe(world.at + HOUR)
  })
  it.each([
    ['agent.pause', 'paused'],
    ['agent.stop', 'agent_stopped'],
  ] as const)('[AP9] not begun after %s', (type, expected) => {
    const world = released()
    const item = world.item()
    world.intervene(type)
    expect(code(world.begin(item))).toBe(expected)
  })
  it.each([
    ['pause', 'under_order'],
    ['stop', 'agent_stopped'],
  ] as const)('[AG7] not begun under a standing %s that nobody has recorded yet', (effect, expected) => {
    const world = released()
    const item = world.item()
    world.placed(effect)
    expect(code(world.begin(item))).toBe(expected)
  })
  it('[AP9] not begun where policy would no longer release it', () => {
    const world = released('api_call')
    const item = world.item()
    world.policy = {
      ...world.policy,
      catalogue: { ...world.policy.catalogue, api_call: { level: 'admin_only', class: 'external_api' } },
    }
    expect(code(world.begin(item))).toBe('not_permitted')
  })
  it('[AP9] nothing but the bytes that were released is begun', () => {
    const world = released()
    const item = world.item()
    expect(code(world.begin({ ...item, digest: digest('send_email', { to: 'eve@example.org' }) }))).toBe(
      'conflict',
    )
    expect(code(world.begin(item))).toBe('ok')
  })
  it('[AP9] another process gets unknown_outcome, and one ticket opens', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.start('process-2', { takeover: true })
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(world.agent.tickets.filter((one) => one.reason === 'unknown_outcome')).toHaveLength(1)
  })
  it('[AP9] [ES1] an agent can not hide an unknown outcome behind a full cap of its own', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    for (let n = 0; n < 20; n++) world.raise('user_request')
    world.start('process-2', { takeover: true })
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(world.ticket()).toMatchObject({ reason: 'unknown_outcome' })
  })
  it('[AP9] the same request after a crash does not run a second time', () => {
    const world = started()
    const { action } = value(world.request('read_file', {})) as { action: { id: string } }
    world.start('process-2', { takeover: true })
    expect(code(world.do({ type: 'action.reclaim', id: action.id }))).toBe('unknown_outcome')
    expect(code(world.report(action.id, 'success'))).toBe('ok')
    expect(code(world.do({ type: 'action.reclaim', id: action.id }))).toBe('already_reported')
  })
  it('[AP9] an act that a stop interrupted can still be reported by the process that began it', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.intervene('agent.stop')
    expect(code(world.report(item.id, 'unknown'))).toBe('ok')
  })
  it('[AP9] what is never reported ends as unknown with the next run', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.complete()
    world.start('process-2')
    expect(world.records.get(item.id)).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'system' } },
    })
    expect(world.agent.approvals).toHaveLength(0)
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

describe('while held', () => {
  it('[PO1] asked while paused: waits, and is decided anew on resume', () => {
    const world = started()
    world.intervene('agent.pause')
    for (const [action, args] of [
      ['read_file', { path: 'a' }],
      ['api_call', { url: 'b' }],
    ] as const)
      expect(value(world.request(action, args))).toMatchObject({ verdict: 'wait', approval: { held: true } })
    const [free, call] = world.agent.approvals
    if (!free || !call) throw new Error('both were asked')
    world.at += HOUR
    expect(code(world.approve(call, 'admin'))).toBe('paused')
    world.intervene('agent.resume')
    expect(world.agent.approvals).toMatchObject([
      { status: 'auto_approved', held: false },
      { status: 'pending', held: false, expiresAt: T0 + 2 * HOUR },
    ])
    expect(world.state).toBe('awaiting_input')
    expect(code(world.begin(free))).toBe('ok')
  })
  it('[PO1] under an order it waits, though its machine was not moved yet', () => {
    const world = started()
    world.placed('pause', 'o')
    expect(value(world.request('read_file', {}))).toMatchObject({ verdict: 'wait' })
    expect(world.state).toBe('paused')
    world.lift('o')
    expect(world.item()).toMatchObject({ status: 'auto_approved' })
    expect(world.state).toBe('running')
  })
})
