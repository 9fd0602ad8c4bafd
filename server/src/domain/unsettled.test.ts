import { builtInPolicy, DAY, HOUR, MINUTE, type Policy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import type { Approval } from './agent-document.ts'
import { released } from './testing/stages.ts'
import { code, T0, value, World } from './testing/world.ts'

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
/** One that does freely what takes nothing from a budget. */
function noting(): World {
  const world = new World()
  world.policy = {
    ...trusting,
    catalogue: { ...trusting.catalogue, note: { level: 'notify', class: 'write' } },
  }
  world.start()
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
    expect(code(world.begin({ ...second, digest: 'sha256:other' }))).toBe('conflict')
    expect(code(world.begin(second))).toBe('not_permitted')
    // nothing can be begun under it any more, so it holds no place among the open ones
    expect(world.agent.approvals.map(({ id }) => id)).not.toContain(second.id)
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
  it('[AP9] are done again where policy says that twice is as good as once, by whoever asks', () => {
    const world = askedTwice()
    const { write_file } = trusting.catalogue
    world.policy = {
      ...trusting,
      catalogue: {
        ...trusting.catalogue,
        write_file: { ...write_file, level: 'notify', class: 'write', idempotent: true },
      },
    }
    world.intervene('agent.resume')
    const second = world.item()
    world.start('process-2', { takeover: true })
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
    expect(code(world.begin(second))).toBe('ok')
    expect(world.agent.tickets).toEqual([])
  })
  it('[AP9] are as free as ever to the process that began them itself', () => {
    const world = new World()
    world.policy = trusting
    world.start()
    world.request('write_file', FILE)
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  const SENT = { to: 'x@example.org' }
  /** It has begun one, and asked for the same again, which waits. */
  function waitsBeside(): World {
    const world = released('send_email', SENT)
    world.begin(world.item())
    world.request('send_email', SENT)
    expect(world.item()).toMatchObject({ status: 'pending', revision: 1 })
    expect(world.item().begunBefore).toBeUndefined()
    return world
  }
  it.each<[string, (world: World) => unknown]>([
    ['the next process takes over', (world) => world.start('process-2', { takeover: true })],
    ['its process can not say how it ended', (world) => world.report(world.item(0).id, 'unknown')],
  ])('[AP9] mark what waits already where %s, as another revision', (_when, happens) => {
    const world = waitsBeside()
    const [first, shown] = [world.item(0), world.item()]
    happens(world)
    expect(world.item()).toMatchObject({ id: shown.id, revision: 2, begunBefore: { id: first.id } })
    expect(world.types()).toContain('approval.doubted')
    expect(doubts(world)).toMatchObject([{ approval: first.id }])
    // who looked at it before does not release it unawares
    expect(code(world.approve(shown))).toBe('conflict')
    expect(code(world.approve(world.item()))).toBe('ok')
  })
  it('[AP9] [AP5] are signed anew by whoever had signed without knowing', () => {
    const world = new World()
    const { send_email } = world.policy.catalogue
    world.policy = {
      ...world.policy,
      catalogue: {
        ...world.policy.catalogue,
        send_email: { ...send_email, level: 'required', class: 'external_api', approvals: 2 },
      },
    }
    world.start()
    world.request('send_email', SENT)
    world.approve(world.item())
    world.approve(world.item(), { id: 'bea', role: 'approver' })
    world.begin(world.item())
    world.request('send_email', SENT)
    world.approve(world.item())
    expect(world.item().signatures).toHaveLength(1)
    world.start('process-2', { takeover: true })
    expect(world.item()).toMatchObject({ signatures: [], begunBefore: {} })
    world.approve(world.item(), { id: 'bea', role: 'approver' })
    expect(world.item().status).toBe('pending')
    world.approve(world.item())
    expect(world.item().status).toBe('approved')
  })
  it.each<[string, (world: World, item: Approval) => unknown]>([
    ['approves', (world, item) => world.approve(item)],
    [
      'overrides',
      (world, { id, revision, digest }) =>
        world.person({
          type: 'override.grant',
          by: { id: 'root', role: 'admin' },
          body: { key: 'k', id, revision, digest, reason: 'Now.' },
        }),
    ],
  ])('[AP9] [IN1] are not released by who %s what was stored without the mark', (_how, release) => {
    const world = waitsBeside()
    const shown = world.item()
    world.start('process-2', { takeover: true })
    // as an older version, which knew of no doubts, would have left it
    const { approvals } = world.agent
    world.doc = { ...world.agent, approvals: approvals.map((one) => (one.id === shown.id ? shown : one)) }
    expect(code(release(world, shown) as never)).toBe('conflict')
    expect(world.item()).toMatchObject({ status: 'pending', revision: 2, begunBefore: {} })
    expect(code(release(world, world.item()) as never)).toBe('ok')
  })
  it('[AP4] [AP9] are not what somebody makes of other bytes, unawares', () => {
    const world = diedSending()
    const first = world.item()
    world.request('send_email', { to: 'y@example.org' })
    const edited = world.approve(world.item(), 'approver', SENT)
    expect(edited.answer).toMatchObject({ error: { code: 'conflict', details: { id: first.id } } })
    expect(world.item()).toMatchObject({ status: 'pending', revision: 1 })
  })
  it('[AP4] [AP6] make nobody of the person who was asked: edited to what is free, it is still not its owner’s to release', () => {
    const world = diedWriting()
    world.people = { owner: 'olga', othersRole: 'admin', signers: {} }
    world.request('write_file', FILE)
    const olga = { id: 'olga', role: 'operator' } as const
    expect(code(world.approve(world.item(), olga, { path: 'b.txt' }))).toBe('forbidden')
    expect(code(world.approve(world.item(), { id: 'bo', role: 'operator' }, { path: 'b.txt' }))).toBe('ok')
    expect(world.item()).toMatchObject({ status: 'approved', level: 'review', role: 'operator' })
  })
  it('[AP4] [AP9] are no longer what an edited one is about', () => {
    const world = diedSending()
    world.request('send_email', SENT)
    world.approve(world.item(), 'approver', { to: 'z@example.org' })
    expect(world.item()).toMatchObject({ status: 'approved' })
    expect(world.item().begunBefore).toBeUndefined()
  })
  it.each<[string, (world: World) => unknown]>([
    ['died', (world) => world.start('process-3', { takeover: true })],
    ['could not say how it ended', (world) => world.report(world.item().id, 'unknown')],
  ])(
    '[AP4] [AP9] stay in doubt where a person had other bytes run instead, and the process %s',
    (_how, ends) => {
      const [one, other] = [FILE, { path: 'b.txt' }]
      const world = diedWriting()
      world.request('write_file', one)
      world.approve(world.item(), 'approver', other)
      world.begin(world.item())
      ends(world)
      // the first is in doubt as it was, and so is what was made of it
      world.request('write_file', one)
      expect(world.item()).toMatchObject({ status: 'pending', begunBefore: {} })
      world.approve(world.item())
      world.begin(world.item())
      world.report(world.item().id, 'success')
      expect(value(world.request('write_file', one))).toMatchObject({ verdict: 'go' })
      expect(value(world.request('write_file', other))).toMatchObject({ verdict: 'wait' })
      expect(world.item().begunBefore).toBeDefined()
    },
  )
  it('[AP9] are in doubt no more once a person has said on the ticket what they found out', () => {
    const world = diedWriting()
    const first = world.item()
    world.request('write_file', FILE)
    world.deny(world.item(), 'It is there.')
    world.person({
      type: 'ticket.resolve',
      by: { id: 'ana', role: 'operator' },
      body: { key: 'k', id: doubts(world).at(-1)?.id ?? '', resolution: 'It is there.' },
    })
    expect(world.records.get(first.id)).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'ana' } },
    })
    world.at += 2 * HOUR
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] stay in doubt whatever an agent calls a ticket of its own that a person resolves', () => {
    const world = diedWriting()
    world.raise('unknown_outcome')
    world.person({
      type: 'ticket.resolve',
      by: { id: 'ana', role: 'operator' },
      body: { key: 'k', id: world.ticket().id, resolution: 'Fine.' },
    })
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'wait' })
  })
  it('[AP9] are as doubtful as before where what was begun once more only read by then', () => {
    const reads = (level: 'none' | 'notify'): Policy => ({
      ...trusting,
      catalogue: { ...trusting.catalogue, read_file: { level, class: 'read' } },
    })
    const world = new World()
    world.policy = reads('notify')
    world.start()
    world.request('read_file', FILE)
    world.start('process-2', { takeover: true })
    world.policy = reads('none')
    world.intervene('agent.pause')
    world.request('read_file', FILE)
    world.intervene('agent.resume')
    expect(world.item().begunBefore).toBeUndefined()
    expect(code(world.begin(world.item()))).toBe('ok')
    world.report(world.item().id, 'success')
    world.policy = reads('notify')
    expect(value(world.request('read_file', FILE))).toMatchObject({ verdict: 'wait' })
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
    for (let time = 0; time < 3; time++) {
      world.request('write_file', FILE)
      expect(world.item().begunBefore).toBeDefined()
      world.deny(world.item())
      world.at += 2 * HOUR
    }
    expect(doubts(world)).toHaveLength(1)
    expect(world.types().filter((type) => type === 'ticket.repeated')).toEqual([])
    world.person({
      type: 'ticket.resolve',
      by: { id: 'ana', role: 'operator' },
      body: { key: 'k', id: doubts(world).at(-1)?.id ?? '', resolution: 'It is there.' },
    })
    expect(world.agent.unsettled).toEqual([])
    expect(value(world.request('write_file', FILE))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] [PO1] is told where it is asked for while the agent is paused, and asked of a person when it goes on', () => {
    const world = diedWriting()
    world.intervene('agent.pause')
    world.request('write_file', FILE)
    expect(world.item()).toMatchObject({ held: true, begunBefore: {} })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ held: false, status: 'pending', level: 'review' })
  })
  it('[AP9] [AP14] is bounded, whatever an agent does, and what finds no place has all of it asked for', () => {
    const world = noting()
    const unknown = (n: number) => {
      world.request('note', { n })
      expect(world.item().status).toBe('auto_approved')
      world.report(world.item().id, 'unknown')
      world.at += MINUTE
    }
    for (let n = 0; n < 100; n++) unknown(n)
    expect(world.agent.unsettled).toHaveLength(100)
    const firstOver = world.agent.unsettled?.[0]?.until ?? 0
    expect(world.agent.unsettledMore).toBeUndefined()
    unknown(100)
    expect(world.agent.unsettled).toHaveLength(100)
    expect(doubts(world)).toMatchObject([{ about: 'unsettled' }])
    // the one that found no place, and any other
    for (const n of [0, 4711]) {
      expect(value(world.request('note', { n }))).toMatchObject({ verdict: 'wait', rules: ['begun_before'] })
      expect(world.item().begunBefore).toEqual({ at: T0 })
    }
    expect(value(world.request('read_file', FILE))).toMatchObject({ verdict: 'go' })
    world.at = firstOver
    expect(value(world.request('note', { n: 4712 }))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] is one of each bytes, so that the same ones push nothing out', () => {
    const world = noting()
    const note = (n: number) => {
      world.request('note', { n })
      if (world.item().status === 'pending') world.approve(world.item())
      if (!world.item().begun) world.begin(world.item())
      world.report(world.item().id, 'unknown')
    }
    note(0)
    for (let time = 0; time < 60; time++) for (const n of [1, 2]) note(n)
    expect(world.agent.unsettled).toHaveLength(3)
    expect(world.agent.unsettledMore).toBeUndefined()
  })
  it('[AP9] is one of each bytes also where many of them were in flight at once', () => {
    const world = noting()
    const ids = [1, 2, 3].map(() => {
      expect(value(world.request('note', { n: 3 }))).toMatchObject({ verdict: 'go' })
      return world.item().id
    })
    for (const id of ids) expect(code(world.report(id, 'unknown'))).toBe('ok')
    expect(world.agent.unsettled).toMatchObject([{ id: ids.at(-1) }])
  })
})

describe('what a process left behind that died in the middle of many actions', () => {
  const OTHER = { path: 'b.txt' }
  /** It had begun so many, and died. */
  function diedNoting(count: number, unreported = 64): World {
    const world = noting()
    world.policy = { ...world.policy, caps: { ...world.policy.caps, unreported } }
    // no burst is to open a ticket of its own
    world.quiet = true
    for (let n = 0; n < count; n++)
      expect(value(world.request('note', { n }))).toMatchObject({ verdict: 'go' })
    world.start('process-2', { takeover: true })
    return world
  }
  const resolve = (world: World, at = -1) =>
    world.person({
      type: 'ticket.resolve',
      by: { id: 'ana', role: 'operator' },
      body: { key: 'k', id: doubts(world).at(at)?.id ?? '', resolution: 'All of them are there.' },
    })
  const askForAll = (world: World, count: number) => {
    for (let n = 0; n < count; n++) {
      expect(value(world.request('note', { n }))).toMatchObject({ verdict: 'wait' })
      world.deny(world.item())
    }
  }
  /** What its ticket says of each. */
  const told = (world: World, at = -1) => {
    const { contextDigest = '' } = doubts(world).at(at) ?? {}
    return (JSON.parse(world.blobs.get(contextDigest) ?? '') as { approvals: { id: string }[] }).approvals
  }

  it('[AP9] [ES1] is on one ticket that lists all of it, and costs trust once', () => {
    const world = diedNoting(60)
    const ids = world.agent.approvals.map(({ id }) => id)
    world.report(ids[1] ?? '', 'failure', 0)
    const { trust } = world.agent.autonomy
    world.request('note', { n: 3 })
    const [first, ...others] = doubts(world)
    expect(others).toEqual([])
    expect(first?.approval).toBe(ids[3])
    // what the next process has found out and reported is in doubt no more
    expect(first?.approvals).toEqual([ids[3], ...ids.filter((_, n) => n !== 1 && n !== 3)])
    expect(told(world)).toHaveLength(59)
    expect(told(world)[0]).toEqual({
      action: 'note',
      begunAt: new Date(T0).toISOString(),
      digest: world.item().digest,
      id: ids[3],
    })
    world.deny(world.item())
    for (const id of ids.slice(10, 20)) expect(code(world.begin({ id, digest: '' }))).toBe('unknown_outcome')
    expect(doubts(world)).toHaveLength(1)
    expect(world.agent.autonomy).toMatchObject({ escalations: 1, trust: trust - 0.01 })
    expect(world.types()).not.toContain('ticket.repeated')
  })
  it('[AP9] is in doubt no more once a person has resolved that ticket, each of it', () => {
    const world = diedNoting(20)
    const ids = world.agent.approvals.map(({ id }) => id)
    world.request('note', { n: 3 })
    world.deny(world.item())
    resolve(world)
    for (const id of ids)
      expect(world.records.get(id)).toMatchObject({ outcome: 'unknown', stages: { reported: { by: 'ana' } } })
    expect(value(world.request('note', { n: 7 }))).toMatchObject({ verdict: 'go' })
  })
  it('[AP9] is on one ticket also where its run was ended, and the next one asks', () => {
    const world = diedNoting(20)
    world.intervene('agent.stop')
    world.intervene('agent.reinstate')
    world.start('process-3')
    askForAll(world, 20)
    expect(doubts(world)).toHaveLength(1)
    expect(doubts(world)[0]?.approvals).toHaveLength(20)
    resolve(world)
    expect(world.agent.unsettled).toEqual([])
  })
  it('[AP9] [ES1] is told of later, each of it, where no ticket had a place to list it', () => {
    const world = noting()
    world.quiet = true
    // one by one by living processes, each of them a ticket
    for (let n = 0; n < 8; n++) {
      world.request('note', { early: n })
      world.report(world.item().id, 'unknown')
      world.request('note', { early: n })
      world.deny(world.item())
    }
    expect(doubts(world)).toHaveLength(8)
    for (let n = 0; n < 3; n++) world.request('note', { n })
    world.start('process-2', { takeover: true })
    const ask = (n: number) => {
      world.request('note', { n })
      world.deny(world.item())
    }
    ask(0)
    expect(doubts(world)).toHaveLength(8)
    for (let at = 0; at < 8; at++) resolve(world, 0)
    ask(1)
    expect(doubts(world)).toHaveLength(1)
    expect(doubts(world)[0]?.approvals).toHaveLength(2)
    resolve(world)
    world.request('note', { n: 2 })
    expect(world.item().begunBefore).toBeUndefined()
  })
  it('[AP9] is told apart from what the one before it left, and the one after', () => {
    const world = noting()
    for (const [n, instance] of ['process-2', 'process-3'].entries()) {
      for (const more of [1, 2]) world.request('note', { n, more })
      world.start(instance, { takeover: true })
    }
    for (const n of [0, 1]) world.request('note', { n, more: 1 })
    expect(doubts(world)).toMatchObject([
      { approvals: ['item-2', 'item-3'] },
      { approvals: ['item-5', 'item-6'] },
    ])
    resolve(world, 0)
    expect(world.agent.approvals.map(({ id }) => id)).not.toContain('item-2')
    expect(world.agent.approvals.map(({ id }) => id)).toContain('item-6')
  })
  it('[AP9] is one more ticket for what found no place on the first', () => {
    const world = diedNoting(110, 200)
    world.request('note', { n: 0 })
    expect(doubts(world)[0]?.approvals).toHaveLength(100)
    world.request('note', { n: 50 })
    expect(doubts(world)).toHaveLength(1)
    world.request('note', { n: 109 })
    expect(doubts(world)[1]?.approvals).toHaveLength(10)
  })
  it('[AP9] leaves out what only reads, and what policy calls harmless to do twice', () => {
    const world = noting()
    world.request('note', { n: 1 })
    world.request('read_file', FILE)
    world.request('write_file', OTHER)
    world.start('process-2', { takeover: true })
    const { write_file } = trusting.catalogue
    world.policy = {
      ...world.policy,
      catalogue: {
        ...world.policy.catalogue,
        write_file: { ...write_file, level: 'notify', class: 'write', idempotent: true },
      },
    }
    world.request('note', { n: 1 })
    expect(doubts(world)).toMatchObject([{ about: 'item-2' }])
    expect(doubts(world)[0]?.approvals).toBeUndefined()
  })
  it('[AP9] is not what a process says of itself: each that it could not tell the end of has a ticket of its own', () => {
    const world = noting()
    for (const n of [1, 2]) {
      world.request('note', { n })
      world.report(world.item().id, 'unknown')
    }
    for (const n of [1, 2]) world.request('note', { n })
    expect(doubts(world)).toHaveLength(2)
    for (const { approvals } of doubts(world)) expect(approvals).toBeUndefined()
  })
})

describe('what has come out of a doubt', () => {
  const SENT = { to: 'x@example.org' }
  const resolve = (world: World) =>
    world.person({
      type: 'ticket.resolve',
      by: { id: 'bo', role: 'operator' },
      body: { key: 'k', id: doubts(world).at(-1)?.id ?? '', resolution: 'It was sent.' },
    })
  /** Asked for again, it waits, marked. */
  function waitsInDoubt(): World {
    const world = diedSending()
    world.request('send_email', SENT)
    world.at += MINUTE
    return world
  }
  it.each<[string, (world: World) => unknown, object]>([
    ['success', (world) => world.report(world.item(0).id, 'success'), { outcome: 'success', by: 'deployer' }],
    ['failure', (world) => world.report(world.item(0).id, 'failure'), { outcome: 'failure', by: 'deployer' }],
    ['what a person found out', resolve, { by: 'bo', ticket: expect.any(String) }],
  ])('[AP9] is said by what waits because of it (%s), as another revision', (_what, comesOut, ended) => {
    const world = waitsInDoubt()
    const [first, shown] = [world.item(0), world.item()]
    comesOut(world)
    const at = new Date(world.at).toISOString()
    expect(world.item()).toMatchObject({ id: shown.id, status: 'pending', revision: shown.revision + 1 })
    expect(world.records.get(shown.id)).toMatchObject({
      begunBefore: { id: first.id, ended: { at, ...ended } },
    })
    expect(world.types()).toContain('approval.doubt_ended')
    // nobody releases for a doubt what has run for certain
    expect(code(world.approve(shown))).toBe('conflict')
    expect(code(world.approve(world.item()))).toBe('ok')
    expect(code(world.begin(world.item()))).toBe('ok')
  })
  it('[AP9] is not that nobody can say how it ended', () => {
    const world = waitsInDoubt()
    const { revision } = world.item()
    world.report(world.item(0).id, 'unknown')
    expect(world.item()).toMatchObject({ revision, begunBefore: {} })
    expect(world.item().begunBefore?.ended).toBeUndefined()
  })
  it('[AP5] [AP9] has those who signed for a doubt asked again', () => {
    const world = diedSending()
    const { send_email } = world.policy.catalogue
    world.policy = {
      ...world.policy,
      catalogue: {
        ...world.policy.catalogue,
        send_email: { ...send_email, level: 'required', class: 'external_api', approvals: 2 },
      },
    }
    world.request('send_email', SENT)
    world.approve(world.item())
    expect(world.item().signatures).toHaveLength(1)
    world.report(world.item(0).id, 'success')
    expect(world.item()).toMatchObject({ status: 'pending', signatures: [] })
  })
  it('[AP9] still waits for a person, at the level at which they were asked', () => {
    const world = diedWriting()
    world.request('write_file', FILE)
    world.report(world.item(0).id, 'failure')
    expect(world.item()).toMatchObject({ status: 'pending', level: 'review', role: 'operator' })
    expect(code(world.approve(world.item(), 'viewer'))).toBe('forbidden')
    expect(code(world.approve(world.item(), 'operator'))).toBe('ok')
  })
  it('[AP9] is no news to what was released for a doubt: that stands', () => {
    const world = waitsInDoubt()
    world.approve(world.item())
    const released = world.item()
    world.report(world.item(0).id, 'success')
    expect(world.item()).toEqual(released)
    expect(code(world.begin(released))).toBe('ok')
  })
  it('[AP9] does not hide that more than are remembered ended as unknown, until a person says so of them too', () => {
    const world = noting()
    for (let n = 0; n < 101; n++) {
      world.request('note', { n })
      world.report(world.item().id, 'unknown')
    }
    world.request('note', { n: 4711 })
    expect(world.item().begunBefore).toEqual({ at: T0 })
    resolve(world)
    expect(world.item().begunBefore).toMatchObject({ ended: { by: 'bo' } })
  })
})
