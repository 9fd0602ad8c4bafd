import { DAY } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { asked, released, started } from './testing/stages.ts'
import { code, digest, T0, value, World } from './testing/world.ts'

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
  it('[AP14] is not kept from asking by what a process that is gone has only read, and nobody reports any more', () => {
    const world = started()
    for (let n = 0; n < 64; n++) world.request('read_file', { n })
    const [oldest, next] = world.agent.approvals
    world.start('process-2', { takeover: true })
    expect(value(world.request('read_file', { n: 64 }))).toMatchObject({ verdict: 'go' })
    expect(world.records.get(oldest?.id ?? '')).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'system' } },
    })
    expect(world.agent.approvals).toHaveLength(64)
    // whoever asks for one of the others under its key hears that it was begun, as long as there is room
    expect(code(world.do({ type: 'action.reclaim', id: next?.id ?? '' }))).toBe('unknown_outcome')
    // what it began by itself it has to report
    for (let n = 65; n < 128; n++) expect(code(world.request('read_file', { n }))).toBe('ok')
    expect(code(world.request('read_file', { n: 128 }))).toBe('rate_limited')
  })
  it('[AP9] [AP14] is kept from asking by what a process that is gone may have done', () => {
    const world = started()
    world.policy = {
      ...world.policy,
      catalogue: { ...world.policy.catalogue, note: { level: 'notify', class: 'read' } },
    }
    for (let n = 0; n < 64; n++) expect(value(world.request('note', { n }))).toMatchObject({ verdict: 'go' })
    world.start('process-2', { takeover: true })
    expect(code(world.request('read_file', { n: 64 }))).toBe('rate_limited')
    world.complete()
    world.start('process-3')
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
