import type { ApprovalView, EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import type { Observation } from '../history.ts'
import { act, approval, check, event, goodLog, goodObservations, iso, one, started } from './good-history.ts'

it('[AP9] finds an act without a release, before its begin, or on other bytes', () => {
  const stages = { queued: { at: iso(100) } } as ApprovalView['stages']
  const acted = [...started(5, '1.1', 'first'), act(310)]
  const seen = (view: ApprovalView | undefined, observations: readonly Observation[] = acted) =>
    check({ observations, approvals: view ? [view] : [], successes: 0 })
  expect(seen(undefined)).toEqual(one(/^Unreleased: .*nobody knows/))
  expect(seen(approval({ status: 'denied' }))).toEqual(one(/^Unreleased: .*it was denied/))
  expect(seen({ ...approval(), stages: { ...stages, decided: { at: iso(200) } } })).toEqual(
    one(/^Unreleased: .*never begun/),
  )
  expect(seen(approval(), [act(250)])).toEqual(one(/^Unreleased: .*came later/))
  expect(seen(approval(), [act(310, { digest: 'sha256:other' })])).toEqual(one(/^Unreleased: .*bytes/))
})

it('[AP9] finds what was begun without a release or before it, also where nobody acted on it', () => {
  const seen = (view: ApprovalView, events = goodLog()) =>
    check({ observations: [], events, approvals: [view], successes: 0 })
  expect(seen(approval())).toEqual([])
  expect(seen({ ...approval(), status: 'pending' })).toEqual(
    one(/^Unreleased: a was let begin .*it was pending/),
  )
  const [first, second, released, begun] = goodLog() as [EventView, EventView, EventView, EventView]
  const swapped = [first, second, { ...begun, seq: 3 }, { ...released, seq: 4 }]
  expect(seen(approval(), swapped)).toEqual(one(/^Unreleased: a was let begin .*before its release/))
})

it('[AP3] [AP9] finds an act on what was released after its expiry, or begun after its use-by, by the server’s times', () => {
  expect(check({ approvals: [approval({ expiresAt: iso(150) })] })).toEqual(
    one(/^Unreleased: .*after its expiry/),
  )
  expect(check({ approvals: [approval({ useBy: iso(250) })] })).toEqual(
    one(/^Unreleased: .*no longer be used/),
  )
})

it('[AG4] finds an act that began after a stop must have bound, and lets one within the bound be', () => {
  const paused = event(6, 500, 'agent.paused', { reason: 'r' })
  const known: Observation = {
    kind: 'feed.read',
    at: 510,
    observer: 'w',
    connection: 1,
    storeEpoch: 1,
    partition: 'p',
    events: [...goodLog(), paused],
  }
  const withAct = (at: number) =>
    check({
      observations: [...goodObservations().filter(({ kind }) => kind !== 'act'), known, act(at)],
      events: [...goodLog(), paused],
    })
  expect(withAct(1_500)).toEqual([])
  expect(withAct(1_600)).toEqual(one(/^Held: .*1090 ms after agent.paused/))
})
