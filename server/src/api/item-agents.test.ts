import { expect, it } from 'vitest'
import type { StoredEvent } from '../store/store.ts'
import { createItemAgents } from './item-agents.ts'

const event = (data: object) => ({ data }) as StoredEvent

it('[ID2] knows whose an item is, within its tenant, as its kind alone', () => {
  const items = createItemAgents()
  items.note('one', [
    event({ approval: { id: 'a', agent: 'worker' } }),
    event({ ticket: { id: 't', agent: 'helper' } }),
    event({ order: { id: 'o' } }),
  ])
  expect(items.of('one', 'approval', 'a')).toBe('worker')
  expect(items.of('one', 'ticket', 't')).toBe('helper')
  expect(items.of('one', 'ticket', 'a')).toBeUndefined()
  expect(items.of('other', 'approval', 'a')).toBeUndefined()
})

it('forgets the oldest, which are asked of the store again', () => {
  const items = createItemAgents()
  const many = Array.from({ length: 10_001 }, (_, n) => event({ approval: { id: `a${n}`, agent: 'worker' } }))
  items.note('one', many)
  expect(items.of('one', 'approval', 'a0')).toBeUndefined()
  expect(items.of('one', 'approval', 'a10000')).toBe('worker')
})
