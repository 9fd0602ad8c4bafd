import { builtInPolicy, DAY, HOUR, type Policy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { released } from './testing/stages.ts'
import { code, value, World } from './testing/world.ts'

/** Whose agents write by themselves. */
const trusting: Policy = { ...builtInPolicy, trust: { ...builtInPolicy.trust, initial: 0.7 } }
const FILE = { path: 'a.txt' }

/** A process that began to write a file and died. */
function diedWriting(): World {
  const world = new World()
  world.policy = trusting
  world.start()
  expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  world.start('process-2', { takeover: true })
  return world
}
/** The same of what a person had released. */
function diedSending(): World {
  const world = released('send_email', { to: 'x@example.org' })
  expect(code(world.begin(world.item()))).toBe('ok')
  world.start('process-2', { takeover: true })
  return world
}
const doubts = (world: World) => world.agent.tickets.filter((one) => one.reason === 'unknown_outcome')

describe('bytes that may have run already', () => {
  it('[AP9] are asked of a person, however free they are, and whoever decides is told', () => {
    const world = diedWriting()
    const first = world.item()
    world.at += HOUR
    const asked = value(world.request('write_file', FILE))
    expect(asked).toMatchObject({ verdict: 'wait', level: 'review', rules: ['begun_before'] })
    expect(asked.approval).toMatchObject({
      begunBefore: { id: first.id, at: new Date(world.at - HOUR).toISOString() },
    })
    expect(world.item()).toMatchObject({ status: 'pending', role: 'operator' })
    expect(world.records.get(world.item().id)).toMatchObject({ begunBefore: { id: first.id } })
    expect(doubts(world)).toMatchObject([{ approval: first.id }])
  })
  it('[AP9] are marked where a person would be asked anyway, by the level of before', () => {
    const world = diedSending()
    const first = world.item()
    const asked = value(world.request('send_email', { to: 'x@example.org' }))
    expect(asked).toMatchObject({ level: 'required', approval: { begunBefore: { id: first.id } } })
    expect(doubts(world)).toHaveLength(1)
  })
  it('[AP9] open one ticket, however often they are asked for, and whoever asks', () => {
    const world = diedSending()
    const first = world.item()
    world.request('send_email', { to: 'x@example.org' })
    world.deny(world.item())
    expect(code(world.begin(first))).toBe('unknown_outcome')
    world.at += 2 * HOUR
    world.request('send_email', { to: 'x@example.org' })
    expect(world.item().begunBefore).toMatchObject({ id: first.id })
    expect(doubts(world)).toHaveLength(1)
  })
  it('[AP9] [AP13] are not what somebody has released in advance', () => {
    const world = released('send_email', { to: 'x@example.org' })
    world.begin(world.item())
    world.person({
      type: 'standing.issue',
      by: { id: 'ana', role: 'approver' },
      body: { key: 'k', agent: 'deployer', action: 'send_email', count: 5, reason: 'A campaign.' },
    })
    world.start('process-2', { takeover: true })
    expect(value(world.request('send_email', { to: 'y@example.org' }))).toMatchObject({ verdict: 'go' })
    expect(value(world.request('send_email', { to: 'x@example.org' }))).toMatchObject({ verdict: 'wait' })
  })
  it('[AP9] are free again once a person let them run again, and that begin was reported', () => {
    const world = diedWriting()
    const first = world.item()
    world.request('write_file', FILE)
    world.approve(world.item())
    expect(code(world.begin(world.item()))).toBe('ok')
    // its outcome is the one that counts now
    expect(world.records.get(first.id)).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'system' } },
    })
    world.report(world.item().id, 'success')
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] stay in doubt where the release of before was not used', () => {
    const world = diedWriting()
    world.request('write_file', FILE)
    world.approve(world.item())
    world.at += HOUR
    world.do({ type: 'approval.lapse', id: world.item().id })
    expect(value(world.request('write_file', FILE))).toMatchObject({
      verdict: 'wait',
      rules: ['begun_before'],
    })
  })
  it('[AP9] are in doubt no more once the process that came after has found out', () => {
    const world = diedWriting()
    expect(code(world.report(world.item().id, 'failure'))).toBe('ok')
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] are looked at again where a person had edited what was asked for', () => {
    const world = new World()
    world.start()
    world.request('send_email', { to: 'x@example.org' })
    world.approve(world.item(), 'approver', { to: 'y@example.org' })
    world.begin(world.item())
    world.start('process-2', { takeover: true })
    for (const to of ['x@example.org', 'y@example.org']) {
      world.request('send_email', { to })
      expect(world.item().begunBefore).toBeDefined()
    }
    world.request('send_email', { to: 'z@example.org' })
    expect(world.item().begunBefore).toBeUndefined()
  })
  /** It began to write, was paused, asked for the same once more, and went on. */
  function askedTwice(): World {
    const world = new World()
    world.policy = trusting
    world.start()
    world.request('write_file', FILE)
    world.intervene('agent.pause')
    world.request('write_file', FILE)
    return world
  }
  it('[AP9] [PO1] are asked of a person where the first process died while the second request was held', () => {
    const world = askedTwice()
    world.start('process-2', { takeover: true })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ status: 'pending', level: 'review', begunBefore: {} })
  })
  it('[AP9] are not begun by the process that comes after on nobody’s word but policy’s', () => {
    const world = askedTwice()
    world.intervene('agent.resume')
    const second = world.item()
    expect(second.status).toBe('auto_approved')
    world.start('process-2', { takeover: true })
    expect(code(world.begin(second))).toBe('not_permitted')
    expect(code(world.begin({ ...second, digest: 'sha256:other' }))).toBe('conflict')
  })
  it('[AP9] [AP13] are not begun by it on what was released in advance either, and asked for anew', () => {
    const world = askedTwice()
    world.policy = {
      ...trusting,
      autonomy: builtInPolicy.autonomy,
      catalogue: { ...trusting.catalogue, write_file: { level: 'review', class: 'write' } },
    }
    world.person({
      type: 'standing.issue',
      by: { id: 'ana', role: 'approver' },
      body: { key: 'k', agent: 'deployer', action: 'write_file', count: 5, reason: 'A migration.' },
    })
    world.intervene('agent.resume')
    const second = world.item()
    expect(second).toMatchObject({ status: 'approved', standing: expect.any(String) })
    world.start('process-2', { takeover: true })
    expect(code(world.begin(second))).toBe('not_permitted')
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'wait' })
    expect(world.item()).toMatchObject({ status: 'pending', begunBefore: {} })
    expect(world.records.get(second.id)).toMatchObject({ stages: { lapsed: {} } })
  })
  it('[AP9] are begun once more where a person released just that', () => {
    const world = released('send_email', { to: 'x@example.org' })
    world.begin(world.item())
    world.request('send_email', { to: 'x@example.org' })
    world.approve(world.item())
    const second = world.item()
    world.start('process-2', { takeover: true })
    expect(code(world.begin(second))).toBe('ok')
  })
  it('[AP9] are judged by what they were begun as, and by what they are now', () => {
    const read = (level: 'none' | 'notify'): Policy => ({
      ...trusting,
      catalogue: { ...trusting.catalogue, read_file: { level, class: 'read' } },
    })
    for (const [first, then] of [
      ['none', 'notify'],
      ['notify', 'none'],
    ] as const) {
      const world = new World()
      world.policy = read(first)
      world.start()
      world.request('read_file', FILE)
      world.start('process-2', { takeover: true })
      world.policy = read(then)
      expect(value(world.request('read_file', FILE))).toMatchObject({ verdict: 'go' })
      expect(world.agent.tickets).toEqual([])
    }
  })
  it('[AP9] are no matter where they only read', () => {
    const world = new World()
    world.start()
    world.request('read_file', FILE)
    world.start('process-2', { takeover: true })
    expect(value(world.request('read_file', FILE))).toMatchObject({ verdict: 'go' })
    expect(world.agent.tickets).toEqual([])
  })
  it('[AP9] are as free as ever to the process that began them itself', () => {
    const world = new World()
    world.policy = trusting
    world.start()
    world.request('write_file', FILE)
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] mark what waits already where they are asked for again', () => {
    const world = released('send_email', { to: 'x@example.org' })
    const first = world.item()
    world.begin(first)
    world.request('send_email', { to: 'x@example.org' })
    expect(world.item().begunBefore).toBeUndefined()
    world.start('process-2', { takeover: true })
    world.request('send_email', { to: 'x@example.org' })
    expect(world.agent.approvals).toHaveLength(2)
    expect(world.item().begunBefore).toMatchObject({ id: first.id })
    expect(world.types().at(-1)).toBe('approval.doubted')
  })
})

describe('what ended as unknown', () => {
  it('[AP9] is remembered into the next run', () => {
    const world = diedSending()
    const first = world.item()
    world.intervene('agent.stop')
    world.intervene('agent.reinstate')
    world.start('process-3')
    world.request('send_email', { to: 'x@example.org' })
    expect(world.item().begunBefore).toMatchObject({ id: first.id })
    expect(doubts(world)).toMatchObject([{ approval: first.id }])
  })
  it('[AP9] is remembered where its own process says so, also after a stop', () => {
    const world = released('send_email', { to: 'x@example.org' })
    const first = world.item()
    world.begin(first)
    world.intervene('agent.stop')
    expect(code(world.report(first.id, 'unknown'))).toBe('ok')
    world.intervene('agent.reinstate')
    world.start('process-2')
    world.request('send_email', { to: 'x@example.org' })
    expect(world.item().begunBefore).toMatchObject({ id: first.id })
  })
  it('[AP9] is remembered for a day, and until a person let it run again', () => {
    const world = new World()
    world.policy = trusting
    world.start()
    world.request('write_file', FILE)
    world.report(world.item().id, 'unknown')
    expect(world.agent.unsettled).toHaveLength(1)
    world.at += DAY - 1
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'wait' })
    world.approve(world.item())
    world.begin(world.item())
    expect(world.agent.unsettled).toEqual([])
    world.report(world.item().id, 'unknown')
    world.at += DAY
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] is on one ticket, however often it is asked for', () => {
    const world = new World()
    world.policy = trusting
    world.start()
    world.request('write_file', FILE)
    world.report(world.item().id, 'unknown')
    world.request('write_file', FILE)
    world.deny(world.item())
    const ticket = doubts(world).at(-1)
    world.person({
      type: 'ticket.resolve',
      by: { id: 'ana', role: 'operator' },
      body: { key: 'k', id: ticket?.id ?? '', resolution: 'It is there.' },
    })
    world.at += 2 * HOUR
    world.request('write_file', FILE)
    expect(world.item().begunBefore).toBeDefined()
    expect(doubts(world)).toEqual([])
  })
  it('[AP9] [PO1] is told where it is asked for while the agent is paused, and asked of a person when it goes on', () => {
    const world = diedWriting()
    world.intervene('agent.pause')
    world.request('write_file', FILE)
    expect(world.item()).toMatchObject({ held: true, begunBefore: {} })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ held: false, status: 'pending', level: 'review' })
  })
  it('[AP9] [AP14] is bounded, whatever an agent does', () => {
    const world = new World()
    world.policy = trusting
    world.start()
    for (let n = 0; n < 150; n++) {
      world.request('write_file', { n })
      world.at += HOUR / 10
      if (world.item().status === 'pending') world.approve(world.item())
      if (!world.item().begun) world.begin(world.item())
      world.report(world.item().id, 'unknown')
    }
    expect(world.agent.unsettled).toHaveLength(100)
  })
})
