import { expect, it } from 'vitest'
import { check } from './checks/good-history.ts'

it('has nothing to say of a history in which every promise was kept', () => {
  expect(check()).toEqual([])
})
