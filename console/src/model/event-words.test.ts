import { expect, it } from 'vitest'
import { eventTone } from './event-words.ts'

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
