import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import type { StoredEvent } from '../store/store.ts'
import { createUndelivered } from './undelivered.ts'

const approval = (id: string, more: Partial<ApprovalView> = {}): ApprovalView =>
  ({ id, agent: 'worker', status: 'pending', stages: { queued: { at: '' } }, ...more }) as ApprovalView
const event = (seq: number, view: ApprovalView) =>
  ({ seq, data: { approval: view } }) as unknown as StoredEvent

it('[AP11] gives each waiting approval once, to the first who has the feed up to it', () => {
  const undelivered = createUndelivered()
  undelivered.note('default', [event(1, approval('one')), event(2, approval('two'))])
  expect(undelivered.take('default', 1)).toMatchObject([{ id: 'one', agent: 'worker' }])
  expect(undelivered.take('default', 1)).toEqual([])
  expect(undelivered.take('rival', 9)).toEqual([])
  expect(undelivered.take('default', 2)).toMatchObject([{ id: 'two' }])
})

it('[AP11] forgets what was decided or delivered meanwhile', () => {
  const undelivered = createUndelivered()
  undelivered.noteOpen('default', 1, [approval('one'), approval('two'), approval('three')])
  undelivered.note('default', [
    event(2, approval('one', { status: 'approved' })),
    event(3, approval('two', { stages: { queued: { at: '' }, delivered: { at: '' } } })),
  ])
  expect(undelivered.take('default', 9)).toMatchObject([{ id: 'three' }])
})
