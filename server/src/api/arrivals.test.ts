import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { Arrivals } from './arrivals.ts'

const counted = (arrivals: Arrivals) => {
  let begun = 0
  return {
    begun: () => begun,
    ask(): void {
      const wait = arrivals.together()
      if (wait) void wait.then(() => (begun += 1))
      else begun += 1
    },
  }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('nobody waits for anybody while nobody comes in', () => {
  const arrivals = new Arrivals(manualClock())
  expect(arrivals.together()).toBeUndefined()
  arrivals.comesIn()
  expect(arrivals.together()).toBeInstanceOf(Promise)
  arrivals.cameIn()
  expect(arrivals.together()).toBeUndefined()
})

it('all begin once the last one has come in', async () => {
  const arrivals = new Arrivals(manualClock())
  const { ask, begun } = counted(arrivals)
  arrivals.comesIn()
  arrivals.comesIn()
  ask()
  arrivals.cameIn()
  ask()
  await turn()
  expect(begun()).toBe(0)
  arrivals.cameIn()
  await turn()
  expect(begun()).toBe(2)
})

it('nobody waits for more than 5 ms, however many come in, nor where 64 wait', async () => {
  const clock = manualClock()
  const arrivals = new Arrivals(clock)
  const { ask, begun } = counted(arrivals)
  arrivals.comesIn()
  ask()
  await clock.advance(4)
  ask()
  await turn()
  expect(begun()).toBe(0)
  await clock.advance(1)
  await turn()
  expect(begun()).toBe(2)
  for (let n = 0; n < 64; n++) ask()
  await turn()
  expect(begun()).toBe(66)
  ask()
  await clock.advance(4)
  await turn()
  expect(begun()).toBe(66)
  await clock.advance(1)
  await turn()
  expect(begun()).toBe(67)
})
