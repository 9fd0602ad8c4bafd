import type { AutonomyLevel } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, value, World } from './testing/world.ts'

const admin = { id: 'root', role: 'admin' } as const
const asked = (action: string) => {
  const world = new World()
  world.start()
  world.request(action, {})
  return world
}
const revoke = (world: World, id: string) =>
  world.person({
    type: 'override.revoke',
    id,
    reason: 'The customer called.',
    by: { id: 'bo', role: 'operator' },
  })
const grant = (world: World, id: string, seen = seenOf(world, id)) =>
  world.person({
    type: 'override.grant',
    body: { key: 'k', id, ...seen, reason: 'Nobody else is awake.' },
    by: admin,
  })
const seenOf = (world: World, id: string) => {
  const { revision, digest } = world.agent.approvals.find((one) => one.id === id) ?? {
    revision: 1,
    digest: 'sha256:' as const,
  }
  return { revision, digest }
}

describe('overrides', () => {
  it('[IN1] what was released and not begun can be revoked, and is then not begun', () => {
    const world = asked('send_email')
    const item = world.item()
    expect(code(revoke(world, item.id))).toBe('conflict')
    world.approve(item)
    expect(code(revoke(world, item.id))).toBe('ok')
    expect(world.begin(item).answer).toMatchObject({
      error: { code: 'not_released', message: 'It was revoked: The customer called.' },
    })
    expect(world.records.get(item.id)).toMatchObject({
      status: 'approved',
      stages: { revoked: { by: 'bo' } },
    })
    expect(world.deadlines.size).toBe(0)
  })
  it('[IN1] what was begun can not be revoked', () => {
    const world = asked('send_email')
    const item = world.item()
    world.approve(item)
    world.begin(item)
    expect(code(revoke(world, item.id))).toBe('conflict')
  })
  it.each([
    ['ran', 'It has run already, with the outcome success; nothing can take it back.'],
    ['was taken back', 'It was taken back already.'],
    ['lapsed', 'It was not begun in time, so nothing can begin it any more.'],
  ])('[IN1] of a release that %s, that is why it can not be revoked', (end, message) => {
    const world = asked('send_email')
    const item = world.item()
    const released = value(world.approve(item)) as { approval: { useBy: string } }
    if (end === 'ran') {
      world.begin(item)
      world.report(item.id, 'success')
    } else if (end === 'lapsed') {
      world.at = Date.parse(released.approval.useBy)
      world.do({ type: 'approval.lapse', id: item.id })
    } else revoke(world, item.id)
    expect(revoke(world, item.id).answer).toMatchObject({ error: { code: 'conflict', message } })
  })
  it('[IN1] an admin grants what waits; the factor is never waived', () => {
    const world = asked('delete_data')
    const item = world.item()
    expect(value(grant(world, item.id))).toMatchObject({
      approval: { status: 'approved', decidedBy: 'root', override: 'Nobody else is awake.' },
    })
    expect(code(grant(world, item.id))).toBe('already_decided')
    const payment = asked('payment')
    expect(code(grant(payment, payment.item().id))).toBe('second_factor_required')
  })
  it('[IN1] [AP4] an admin grants what was shown to them, and nothing that somebody made of it since', () => {
    const world = new World()
    const { catalogue } = world.policy
    const send_email = { level: 'required', class: 'external_api', approvals: 2 } as const
    world.policy = { ...world.policy, catalogue: { ...catalogue, send_email } }
    world.start()
    world.request('send_email', { to: 'one' })
    const { id, revision, digest } = world.item()
    world.approve(world.item(), 'approver', { to: 'everybody' })
    expect(world.item()).toMatchObject({ status: 'pending', revision: 2 })
    expect(code(grant(world, id, { revision, digest }))).toBe('conflict')
    expect(code(grant(world, id, { revision: 2, digest }))).toBe('conflict')
    expect(world.item().status).toBe('pending')
    expect(code(grant(world, id))).toBe('ok')
  })
  it('[IN1] [AP3] a grant comes too late like any decision', () => {
    const world = asked('send_email')
    const item = world.item()
    world.at = item.expiresAt ?? 0
    expect(code(grant(world, item.id))).toBe('expired')
  })
})

describe('trust by hand', () => {
  const rule = (
    world: World,
    type: 'trust.pin' | 'trust.cap' | 'trust.reset' | 'trust.confirm',
    level?: AutonomyLevel,
  ) => world.person({ type, level, reason: 'Because.', by: admin })
  const succeed = (world: World, times: number) => {
    for (let n = 0; n < times; n++) {
      world.request('read_file', { n })
      world.report(world.item().id, 'success')
    }
  }

  it('[AU2] a promotion to trusted waits until it is confirmed, and falls at once with trust', () => {
    const world = started()
    expect(code(rule(world, 'trust.confirm'))).toBe('conflict')
    succeed(world, 60)
    expect(world.agent.autonomy).toMatchObject({ level: 'standard', earned: 'trusted' })
    expect(code(rule(world, 'trust.confirm', 'autonomous'))).toBe('conflict')
    expect(value(rule(world, 'trust.confirm'))).toMatchObject({ autonomy: { level: 'trusted' } })
    expect(world.agent.autonomy.earned).toBeUndefined()
    world.request('read_file', { n: 'bad' })
    world.report(world.item().id, 'failure', 1)
    expect(world.agent.autonomy.level).toBe('standard')
    expect(world.log.at(-1)).toMatchObject({
      type: 'autonomy.changed',
      data: { from: 'trusted', to: 'standard' },
    })
  })
  it('[IN1] a pin holds the level whatever trust does, until it is taken off', () => {
    const world = started()
    rule(world, 'trust.pin', 'restricted')
    expect(value(world.request('write_file', {}))).toMatchObject({ verdict: 'wait' })
    rule(world, 'trust.pin', 'autonomous')
    expect(world.agent.autonomy.level).toBe('autonomous')
    rule(world, 'trust.pin')
    expect(world.agent.autonomy.level).toBe('supervised')
  })
  it('[IN1] a cap bounds the level from above', () => {
    const world = started()
    rule(world, 'trust.cap', 'supervised')
    succeed(world, 20)
    expect(world.agent.autonomy).toMatchObject({ level: 'supervised', reached: 'standard' })
    rule(world, 'trust.cap')
    expect(world.agent.autonomy.level).toBe('standard')
  })
  it('[IN1] a reset starts again where a new agent does, and is kept with who and why', () => {
    const world = started()
    rule(world, 'trust.pin', 'autonomous')
    succeed(world, 20)
    rule(world, 'trust.reset')
    expect(world.agent.autonomy).toMatchObject({ trust: 0.5, level: 'supervised', successes: 20 })
    expect(world.log.findLast((event) => event.type === 'trust.changed')).toMatchObject({
      by: 'root',
      data: { cause: { kind: 'reset', reason: 'Because.' } },
    })
  })
})
