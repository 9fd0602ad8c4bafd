import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import type { Observation } from '../history.ts'
import { approval, approvedBy, asked, check, exchange, one, ticket, yes } from './good-history.ts'

it('[ID1] finds a release by somebody who may not release it, in what they were told and in what stands', () => {
  const level = 'required' as const
  const told = [...asked(), ...approvedBy('cy', 195, 'yes-cy')]
  const by = (decidedBy: string) => approval({ level, decidedBy })
  const found = (observations: readonly Observation[], view: ApprovalView) =>
    check({ observations, approvals: [view], successes: 0 }).filter((one) => one.startsWith('Person: '))
  expect(found(told, by('ana'))).toEqual(one(/^Person: cy \(operator\) .*approval.approve/))
  expect(found(asked(), by('cy'))).toEqual(one(/^Person: approval-1 \(required\) .*cy \(operator\)/))
  expect(found(asked(), by('bo'))).toEqual([])
  expect(found(told, approval({ level: 'review', decidedBy: 'cy' }))).toEqual([])
  const resolved = exchange(
    600,
    'vi',
    'ticket.resolve',
    { key: 'r', id: 'ticket-1' },
    yes({ ticket: ticket() }),
  )
  expect(found([...asked(), ...resolved], by('ana'))).toEqual(one(/^Person: vi \(viewer\) .*ticket.resolve/))
})
