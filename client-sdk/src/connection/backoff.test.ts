import { expect, it } from 'vitest'
import { backoff } from './backoff.ts'

it('grows to its cap and starts over after a reset', () => {
  const waits = backoff(100, 1_000, () => 1)
  expect([waits.next(), waits.next(), waits.next(), waits.next(), waits.next(), waits.next()]).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ])
  waits.reset()
  expect(waits.next()).toBe(100)
})

it('spreads clients over the whole time, and never waits not at all', () => {
  expect(backoff(100, 1_000, () => 0).next()).toBe(1)
  expect(backoff(100, 1_000, () => 0.5).next()).toBe(50)
})
