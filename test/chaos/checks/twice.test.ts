import { expect, it } from 'vitest'
import {
  act,
  approval,
  asked,
  check,
  event,
  exchange,
  goodLog,
  goodObservations,
  ID,
  one,
  yes,
} from './good-history.ts'

it('[AP7] finds two ids that were given for one key', () => {
  const again = asked(500, 'approval-2')
  const events = [
    ...goodLog(),
    event(6, 500, 'approval.requested', { approval: approval({ id: 'approval-2' }) }),
  ]
  const found = check({
    observations: [...goodObservations(), ...again],
    events,
    approvals: [approval(), approval({ id: 'approval-2' })],
  })
  expect(found).toEqual([
    expect.stringMatching(/^Twice: a sent action.request under one key \(ask-1\)/),
    expect.stringMatching(/^Twice: one key \(ask-1\) .* led to 2 approvals/),
  ])
})

it('[AP7] finds a second effect of one key, though its sender only heard of one', () => {
  const events = [
    ...goodLog(),
    event(6, 500, 'instruction.queued', { instruction: { id: 'i-1', text: 'mark-i' } }),
    event(7, 501, 'instruction.queued', { instruction: { id: 'i-2', text: 'mark-i' } }),
    event(8, 502, 'instruction.applied', { instruction: { id: 'i-1', text: 'mark-i' } }),
    event(9, 503, 'instruction.applied', { instruction: { id: 'i-2', text: 'mark-i' } }),
  ]
  const injected = exchange(500, 'ana', 'agent.inject', { key: 'i', text: 'mark-i', target: { agent: 'a' } })
  expect(check({ observations: [...goodObservations(), ...injected], events })).toEqual(
    one(/^Twice: agent.inject of ana .* shows as 2 instruction.queued/),
  )
})

it('[AP2] finds two decisions on one item, in the log and in what persons were told', () => {
  const denied = exchange(
    205,
    'bo',
    'approval.deny',
    { key: 'no-1', id: ID },
    yes({ approval: approval({ status: 'denied', decidedBy: 'bo' }) }),
  )
  const events = goodLog().map((each) =>
    each.seq === 5 ? event(5, 400, 'approval.denied', each.data) : each,
  )
  expect(check({ observations: [...goodObservations(), ...denied] })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Twice: approval-1 was decided for ana .* and bo/)]),
  )
  expect(check({ events })).toEqual(one(/^Twice: the log holds more than one decision of approval-1/))
})

it('[AP9] finds what was begun twice, and what was acted on twice', () => {
  const events = [...goodLog(), event(6, 500, 'action.begun', { approval: approval() })]
  expect(check({ events })).toEqual(one(/^Twice: .* begin of approval-1/))
  expect(check({ observations: [...goodObservations(), act(500)] })).toEqual(one(/^Acted twice: approval-1/))
})

it('[AU3] finds an outcome that counted twice, and one that did not count', () => {
  expect(check({ successes: 2 })).toEqual(one(/^Twice: a has 2 successes/))
  expect(check({ successes: 0 })).toEqual(one(/^Twice: a has 0 successes/))
})
