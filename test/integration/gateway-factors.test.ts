import { DAY, MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { racePairs } from '../chaos/factor-races.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { authenticator, enrolFactor } from '../harness/factor.ts'
import type { DiskFaults } from '../harness/faulty-disk.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

const person = async (cp: Harness<ManualClock>, id = 'ana') => {
  const root = await cp.operatorSocket({ subject: 'root', ttlMs: 300 * DAY })
  await root.must('person.add', { key: freshKey(), id, role: 'admin' })
  return cp.operatorSocket({ subject: id, ttlMs: 300 * DAY })
}
const pay = async (cp: Harness<ManualClock>) => {
  const agent = await startAgent(await cp.agentSocket({ subject: 'payer', ttlMs: 300 * DAY }))
  return {
    agent,
    payment: async (n: number) => (await agent.ask('payment', { n }, { blocking: false })).approval,
  }
}

describe('second factor', () => {
  it('[SF1] a payment is released with a fresh code, once', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const ana = await person(cp)
    const { agent, payment } = await pay(cp)
    const first = await payment(1)
    const release = { key: freshKey(), ...shown(first) }
    expect(await ana.request('approval.approve', release)).toMatchObject({
      error: { code: 'second_factor_required' },
    })
    const app = await enrolFactor(ana, clock.now)
    const withCode = (totp: string) => ({ ...release, factor: { totp } })
    // the one that confirmed the enrolment is spent
    expect(await ana.request('approval.approve', withCode(app.code(clock.now())))).toMatchObject({
      error: { code: 'second_factor_invalid' },
    })
    expect(await ana.request('approval.approve', withCode('abc'))).toMatchObject({
      error: { code: 'second_factor_invalid' },
    })
    await clock.advance(30 * SECOND)
    const good = withCode(app.code(clock.now()))
    expect(await ana.must('approval.approve', good)).toMatchObject({ approval: { status: 'approved' } })
    expect(await ana.must('approval.approve', good)).toMatchObject({ replayed: true })
    expect(await agent.begin(first)).toMatchObject({ ok: true })

    // an edit is what the code is for, not what was asked
    const second = await payment(2)
    await clock.advance(30 * SECOND)
    const edited = {
      key: freshKey(),
      ...shown(second),
      args: { n: 3 },
      factor: { totp: app.code(clock.now()) },
    }
    expect(await ana.must('approval.approve', edited)).toMatchObject({ approval: { revision: 2 } })
    // granting waives other people, never the factor
    const third = await payment(4)
    const grant = { key: freshKey(), ...shown(third), reason: 'alone' }
    expect(await ana.request('override.grant', grant)).toMatchObject({
      error: { code: 'second_factor_required' },
    })
    await clock.advance(30 * SECOND)
    expect(
      await ana.must('override.grant', { ...grant, factor: { totp: app.code(clock.now()) } }),
    ).toMatchObject({
      approval: { override: 'alone' },
    })
  })

  it('[SF4] who has no record can not have one', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const stranger = await cp.operatorSocket({ subject: 'stranger' })
    expect(await stranger.request('factor.enroll', { key: freshKey() })).toMatchObject({
      error: { code: 'second_factor_required' },
    })
    const { payment } = await pay(cp)
    const release = { key: freshKey(), ...shown(await payment(1)), factor: { totp: '123456' } }
    expect(await stranger.request('approval.approve', release)).toMatchObject({
      error: { code: 'second_factor_required' },
    })
  })

  // 1,000 of them in test/chaos/factor-races.long.test.ts
  it(
    '[SF2] racing pairs of one code over two connections release exactly one each',
    {
      timeout: 60_000,
    },
    () => racePairs(60),
  )

  it('[SF2] a decision that fails after its claim is resent under its key, and under no other', async () => {
    const clock = manualClock()
    const faults: DiskFaults = {}
    await using cp = await controlPlane({ clock, faults })
    const ana = await person(cp)
    const { payment } = await pay(cp)
    const app = await enrolFactor(ana, clock.now)
    await clock.advance(30 * SECOND)
    const approval = await payment(1)
    const release = { key: freshKey(), ...shown(approval), factor: { totp: app.code(clock.now()) } }
    failFromClaim(cp, faults)
    expect(await ana.request('approval.approve', release)).toMatchObject({ error: { code: 'unavailable' } })
    const doc = (await cp.store.load({ tenant: 'default', kind: 'person', id: 'ana' })).doc
    expect(doc).toMatchObject({ claims: [{}, { key: release.key, purpose: { approval: approval.id } }] })
    expect((await ana.must('approval.get', { id: approval.id })).approval.status).toBe('pending')

    expect(await ana.request('approval.approve', { ...release, key: freshKey() })).toMatchObject({
      error: { code: 'second_factor_invalid' },
    })
    const elsewhere = { ...release, ...shown(await payment(2)) }
    expect(await ana.request('approval.approve', elsewhere)).toMatchObject({ error: { code: 'conflict' } })
    await clock.advance(2 * MINUTE)
    expect(await ana.must('approval.approve', release)).toMatchObject({ approval: { status: 'approved' } })
  })

  it('[SF3] five wrong codes lock it on every connection, and all consoles hear of it', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const ana = await person(cp)
    const watching = await cp.operatorSocket({ subject: 'bo', role: 'viewer' })
    await watching.must('sync', {})
    const { payment } = await pay(cp)
    const app = await enrolFactor(ana, clock.now)
    await clock.advance(30 * SECOND)
    const approval = await payment(1)
    const right = app.code(clock.now())
    const wrong = right === '000000' ? '000001' : '000000'
    const attempt = (totp: string) =>
      ana.request('approval.approve', { key: freshKey(), ...shown(approval), factor: { totp } })
    for (let n = 0; n < 5; n++)
      expect(await attempt(wrong)).toMatchObject({ error: { code: 'second_factor_invalid' } })
    expect(await attempt(right)).toMatchObject({ error: { code: 'second_factor_locked' } })
    const frame = await watching.heard('feed', ({ events }) =>
      events.some(({ type }: { type: string }) => type === 'factor.locked'),
    )
    expect(JSON.stringify(frame)).not.toContain(app.secret)
    expect(await ana.must('person.me', {})).toMatchObject({ person: { factor: { enrolled: true } } })
  })

  it('[SF4] [SF5] an enrolment is told again under its key until it is confirmed, and secrets stay out of the store', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const ana = await person(cp)
    const key = freshKey()
    const handed = await ana.must('factor.enroll', { key })
    expect(await ana.must('factor.enroll', { key })).toMatchObject({
      otpauth: handed.otpauth,
      replayed: true,
    })
    const app = authenticator(handed.otpauth)
    await ana.must('factor.confirm', { key: freshKey(), factor: { totp: app.code(clock.now()) } })
    expect(await ana.request('factor.enroll', { key })).toMatchObject({ error: { code: 'conflict' } })
    const doc = JSON.stringify(await cp.store.load({ tenant: 'default', kind: 'person', id: 'ana' }))
    for (const secret of [app.secret, ...handed.recovery]) expect(doc).not.toContain(secret)

    // a recovery code hands out another one, once
    const [recovery] = handed.recovery
    const again = await ana.must('factor.enroll', { key: freshKey(), recovery })
    expect(again.otpauth).not.toBe(handed.otpauth)
    expect(await ana.request('factor.enroll', { key: freshKey(), recovery })).toMatchObject({
      error: { code: 'second_factor_invalid' },
    })
  })

  it('[SF4] [PR5] a reset takes the factor away after a day, over a restart', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const ana = await person(cp)
    await enrolFactor(ana, clock.now)
    await ana.must('factor.reset', { key: freshKey(), id: 'ana', reason: 'lost' })
    await cp.restart()
    await clock.advance(DAY)
    await until('the factor to be gone', async () => {
      const { doc } = await cp.store.load({ tenant: 'default', kind: 'person', id: 'ana' })
      return (doc as { factor?: object }).factor === undefined
    })
  })
})

/** The next commit but two fails: the attempt is counted, the step is claimed, the decision finds no room. */
function failFromClaim(cp: Harness, faults: DiskFaults): void {
  let commits = 0
  const stop = cp.store.onCommitted(() => {
    commits += 1
    if (commits < 2) return
    stop()
    faults.failNext = 'write'
  })
}
