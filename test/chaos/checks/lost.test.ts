import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import {
  approval,
  check,
  event,
  exchange,
  goodLog,
  goodObservations,
  one,
  ticket,
  yes,
} from './good-history.ts'

it('[PR1] finds an acknowledged request that is gone', () => {
  const id = 'approval-2'
  const args = { path: 'b' }
  const request = exchange(
    500,
    'a',
    'action.request',
    { key: 'ask-2', epoch: '1.1', action: 'api_call', args },
    yes({ verdict: 'wait', action: { id } }),
  )
  expect(check({ observations: [...goodObservations(), ...request] })).toEqual(one(/^Lost: .*ask-2.*unknown/))
})

it('[AP9] finds a request that is kept with other bytes', () => {
  const other = { ...approval(), askedDigest: 'sha256:other' } as ApprovalView
  expect(check({ approvals: [other] })).toEqual(one(/^Lost: .*other bytes/))
})

it('[PR1] finds an acknowledged decision that stands otherwise', () => {
  const expired = approval({ status: 'expired', decidedBy: 'system' })
  expect(check({ approvals: [expired] })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Lost: ana .*approval.approve.*it stands at .*expired/)]),
  )
})

it('[PR1] finds an acknowledged intervention that nobody recorded', () => {
  const paused = exchange(
    500,
    'ana',
    'agent.pause',
    { key: 'p', reason: 'mark-p', target: { agent: 'a' } },
    yes({ results: [{ agent: 'a', ok: true }] }),
  )
  expect(check({ observations: [...goodObservations(), ...paused] })).toEqual(one(/^Lost: .*agent.pause/))
})

it('[PR1] finds an acknowledged order that nobody recorded', () => {
  const placed = exchange(
    500,
    'ana',
    'agent.stop',
    { key: 'o', reason: 'mark-o', target: { all: true } },
    yes({ results: [], order: { id: 'order-1' } }),
  )
  expect(check({ observations: [...goodObservations(), ...placed] })).toEqual(one(/^Lost: .*its order/))
})

it('[IN2] finds an instruction that was acknowledged and is gone, and one that nobody ever answered', () => {
  const injected = exchange(
    500,
    'ana',
    'agent.inject',
    { key: 'i', text: 'mark-i', target: { agent: 'a' } },
    yes({ results: [{ agent: 'a', ok: true }] }),
  )
  const queued = event(6, 500, 'instruction.queued', { instruction: { id: 'i-1', text: 'mark-i' } })
  expect(check({ observations: [...goodObservations(), ...injected] })).toEqual(one(/^Lost: .*agent.inject/))
  expect(
    check({ observations: [...goodObservations(), ...injected], events: [...goodLog(), queued] }),
  ).toEqual(one(/^Lost: instruction i-1 .*no answer/))
})

it('[ES5] finds an acknowledged question and an acknowledged answer that are gone', () => {
  const question = exchange(
    500,
    'a',
    'question.ask',
    { key: 'q', epoch: '1.1', question: 'mark-q' },
    yes({ ticket: ticket() }),
  )
  const answered = exchange(
    600,
    'ana',
    'ticket.resolve',
    { key: 'r', id: 'ticket-1', answer: 'yes' },
    yes({ ticket: ticket({ status: 'resolved', answer: 'yes' }) }),
  )
  expect(check({ observations: [...goodObservations(), ...question] })).toEqual(one(/^Lost: .*question.ask/))
  expect(check({ observations: [...goodObservations(), ...answered], tickets: [ticket()] })).toEqual(
    one(/^Lost: .*ticket.resolve/),
  )
})
