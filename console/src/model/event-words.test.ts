import { expect, it } from 'vitest'
import { eventItem, eventTone, eventWords } from './event-words.ts'

it.each([
  ['approval.approved', 'good'],
  ['approval.denied', 'bad'],
  ['agent.stopped', 'bad'],
  ['approval.delivered', 'on-the-way'],
  ['approval.seen', 'on-the-way'],
  ['control.enforced', 'on-the-way'],
  ['approval.requested', ''],
  ['agent.unheld', ''],
])('%s is drawn as %j', (type, tone) => {
  expect(eventTone({ type })).toBe(tone)
})

it.each([
  [{ approval: { id: 'a-12345678' } }, 'queue', 'approval 12345678'],
  [{ ticket: { id: 't-12345678' } }, 'tickets', 'ticket 12345678'],
])('%j leads to the card of what it is about', (data, page, words) => {
  expect(eventItem({ data })).toMatchObject({ page, words })
})

it('says in which words something was released, and does not say them again of what came of it', () => {
  const data = { approval: { action: 'payment', note: 'checked against the order' } }
  const words = (type: string) => eventWords({ type, data } as never)
  expect(words('approval.approved')).toBe('payment · “checked against the order”')
  expect(words('action.reported')).toBe('payment')
})
