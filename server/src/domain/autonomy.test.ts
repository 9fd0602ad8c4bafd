import { builtInPolicy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import type { Autonomy } from './agent-document.ts'
import { newAgent } from './agent-document.ts'
import { afterCause, levelNow, type TrustCause } from './autonomy.ts'
import { value, World } from './testing/world.ts'

const fresh = newAgent('acme', 'a', { labels: {} }, builtInPolicy).autonomy
const automatic = {
  ...builtInPolicy,
  autonomy: Object.fromEntries(
    Object.entries(builtInPolicy.autonomy).map(([level, rule]) => [
      level,
      { ...rule, confirmPromotion: false },
    ]),
  ) as unknown as typeof builtInPolicy.autonomy,
}
const following = (from: Autonomy, times: number, cause: TrustCause, policy = builtInPolicy) =>
  Array.from({ length: times }).reduce<Autonomy>((autonomy) => afterCause(autonomy, cause, policy, 1), from)
const success = { kind: 'success' } as const

describe('trust', () => {
  it('[AU] starts at 0.5, supervised', () => {
    expect(fresh).toMatchObject({ trust: 0.5, level: 'supervised' })
  })
  it('[AU1] 20 successes lead to 0.66620, standard; a failure of severity 0.5 to 0.61620, standard', () => {
    const twenty = following(fresh, 20, success)
    expect(twenty.trust).toBeCloseTo(0.6662, 5)
    expect(twenty.level).toBe('standard')
    const failed = afterCause(twenty, { kind: 'failure', severity: 0.5 }, builtInPolicy, 7)
    expect(failed.trust).toBeCloseTo(0.6162, 5)
    expect(failed).toMatchObject({ level: 'standard', failures: 1, failuresInRow: 1, lastFailureAt: 7 })
  })
  it('[AU1] 114 successes reach autonomous, 113 do not', () => {
    expect(following(fresh, 113, success, automatic).level).toBe('trusted')
    expect(following(fresh, 114, success, automatic).level).toBe('autonomous')
  })
  it('[AU2] trusted and beyond is earned, and waits for an admin', () => {
    expect(following(fresh, 60, success)).toMatchObject({ level: 'standard', earned: 'trusted' })
    expect(following(fresh, 114, success)).toMatchObject({ level: 'standard', earned: 'autonomous' })
  })
  it('[AU2] policy makes any promotion automatic or confirmed', () => {
    const { autonomy } = builtInPolicy
    const careful = {
      ...builtInPolicy,
      autonomy: { ...autonomy, standard: { ...autonomy.standard, confirmPromotion: true } },
    }
    expect(following(fresh, 20, success, careful)).toMatchObject({ level: 'supervised', earned: 'standard' })
    expect(following(fresh, 60, success, automatic)).toMatchObject({ level: 'trusted', earned: undefined })
  })
  it('[AU2] demotion is at once', () => {
    const down = following(following(fresh, 20, success), 2, { kind: 'failure', severity: 1 })
    expect(down).toMatchObject({ level: 'supervised' })
  })
  it('[AU2] thresholds that rise demote at once, too; a pin is a person’s word', () => {
    const { autonomy } = builtInPolicy
    const stricter = {
      ...builtInPolicy,
      autonomy: { ...autonomy, standard: { ...autonomy.standard, fromTrust: 0.7 } },
    }
    const twenty = following(fresh, 20, success)
    expect(levelNow(twenty, builtInPolicy)).toBe('standard')
    expect(levelNow(twenty, stricter)).toBe('supervised')
    expect(levelNow({ ...twenty, pinned: 'standard' }, stricter)).toBe('standard')
    const world = new World()
    world.start()
    for (let n = 0; n < 20; n++) {
      world.request('read_file', { n })
      world.report(world.item().id, 'success')
    }
    const asks = () => value(world.request('write_file', { path: 'a' }, { blocking: false }))
    expect(asks()).toMatchObject({ verdict: 'go' })
    world.policy = stricter
    expect(asks()).toMatchObject({ verdict: 'wait' })
  })
  it('[AU] never leaves [0, 1]', () => {
    expect(following(fresh, 100, { kind: 'failure', severity: 1 })).toMatchObject({
      trust: 0,
      level: 'restricted',
    })
    expect(following(fresh, 5_000, success).trust).toBeLessThanOrEqual(1)
  })
  it('[AU3] outcomes count only for what was begun, and each change is kept with its cause', () => {
    const world = new World()
    world.start()
    world.request('send_email', {})
    world.report(world.item().id, 'success')
    expect(world.agent.autonomy.successes).toBe(0)
    world.approve(world.item())
    world.begin(world.item())
    world.report(world.item().id, 'success')
    expect(world.agent.autonomy.successes).toBe(1)
    expect(world.log.filter((event) => event.type === 'trust.changed')).toMatchObject([
      { data: { cause: success, trust: 0.51 } },
    ])
  })
  it('[AU] a level that changes is told to the agent', () => {
    const world = new World()
    world.start()
    for (let n = 0; n < 12; n++) {
      world.request('read_file', { n })
      world.report(world.item().id, 'success')
    }
    expect(world.log.filter((event) => event.type === 'autonomy.changed')).toMatchObject([
      { push: { seq: 1 }, data: { from: 'supervised', to: 'standard' } },
    ])
  })
  it('[AU] escalating costs a little trust, a user’s request nothing', () => {
    const world = new World()
    world.start()
    world.raise('user_request')
    expect(world.agent.autonomy.trust).toBe(0.5)
    world.raise('anomaly')
    expect(world.agent.autonomy).toMatchObject({ trust: 0.49, escalations: 1 })
  })
})
