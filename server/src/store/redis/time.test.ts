import { expect, it } from 'vitest'
import { storeTime } from './time.ts'

function timeAt(start: number) {
  let monotonic = 500
  const time = storeTime({ monotonicMs: () => monotonic })
  time.learn(start)
  return { time, pass: (ms: number) => (monotonic += ms) }
}

it('[ST10] goes on at the monotonic rate between two answers', () => {
  const { time, pass } = timeAt(1_000_000)
  expect(time.now()).toBe(1_000_000)
  pass(2_500.7)
  expect(time.now()).toBe(1_002_500)
})

it('[ST10] waits for a Redis that is a little behind, and never goes back', () => {
  const { time, pass } = timeAt(1_000_000)
  pass(1_000)
  expect(time.now()).toBe(1_001_000)
  time.learn(1_000_900)
  expect(time.now()).toBe(1_001_000)
  pass(150)
  expect(time.now()).toBe(1_001_050)
})

it('[ST10] [PR8] a wall clock that was set back is not followed, one that was set ahead is', () => {
  const { time, pass } = timeAt(1_000_000)
  time.learn(400_000)
  pass(100)
  expect(time.now()).toBe(1_000_100)
  time.learn(5_000_000)
  expect(time.now()).toBe(5_000_000)
})

it('[ST10] takes an answer that was looked at more closely for what it was when it came, and never for news', () => {
  const { time, pass } = timeAt(1_000_000)
  pass(300)
  const cameAt = 800
  pass(200)
  time.learn(1_000_290, cameAt)
  expect(time.now()).toBe(1_000_490)
  pass(100)
  // a commit, answered meanwhile
  time.learn(1_000_600)
  time.learn(1_000_295, 850)
  expect(time.now()).toBe(1_000_600)
})
