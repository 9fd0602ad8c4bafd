import type { ApprovalView, TicketView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { Settlements } from './settlements.ts'

const approval = (id: string, status: ApprovalView['status']) => ({ id, status }) as ApprovalView
const ticket = (id: string, status: TicketView['status']) => ({ id, status, kind: 'ticket' }) as TicketView

it('[AP7] all who wait for one item hear of its one settlement', async () => {
  const settlements = new Settlements()
  const waits = [settlements.wait('approval', 'a'), settlements.wait('approval', 'a')]
  settlements.take(approval('a', 'pending'))
  settlements.take(approval('a', 'denied'))
  expect((await Promise.all(waits)).map(({ status }) => status)).toEqual(['denied', 'denied'])
})

it('[AP7] a settlement that overtakes the answer is there for whoever waits later', async () => {
  const settlements = new Settlements()
  settlements.take(ticket('t', 'resolved'))
  expect((await settlements.wait('ticket', 't')).status).toBe('resolved')
})

it('keeps only so many early ones', async () => {
  const settlements = new Settlements()
  for (let n = 0; n < 300; n++) settlements.take(approval(`a${n}`, 'approved'))
  settlements.wait('approval', 'a0').catch(() => {})
  expect(settlements.awaitedBeside(new Set())).toEqual([{ kind: 'approval', id: 'a0' }])
  expect((await settlements.wait('approval', 'a299')).status).toBe('approved')
})

it('[AG3] the end reaches whoever waits, and whoever comes later', async () => {
  const settlements = new Settlements()
  const waiting = settlements.wait('approval', 'a')
  const over = new Error('over')
  settlements.end(over)
  await expect(waiting).rejects.toBe(over)
  await expect(settlements.wait('ticket', 't')).rejects.toBe(over)
})
