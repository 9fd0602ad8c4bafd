import { expect, it } from 'vitest'
import { manualClock } from '../harness/manual-clock.ts'

it('timers fire in the order in which they are due, each at its time, and none early', async () => {
  const clock = manualClock(1_000)
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, clock.now()])
  clock.after(30, note('third'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  const cancel = clock.after(15, note('cancelled'))
  clock.after(31, note('later'))
  cancel()
  await clock.advance(30)
  expect(fired).toEqual([
    ['first', 1_010],
    ['second', 1_010],
    ['third', 1_030],
  ])
  expect([clock.now(), clock.monotonicMs()]).toEqual([1_030, 30])
  await clock.advance(1)
  expect(fired.at(-1)).toEqual(['later', 1_031])
})

it('what a timer starts, and the timers that this sets, come before the next', async () => {
  const clock = manualClock(0)
  const seen: string[] = []
  clock.after(10, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(`work done at ${clock.now()}`)
    clock.after(5, () => seen.push(`follow-up at ${clock.now()}`))
  })
  clock.after(20, () => seen.push(`next at ${clock.now()}`))
  await clock.advance(100)
  expect(seen).toEqual(['work done at 10', 'follow-up at 15', 'next at 20'])
  expect(clock.now()).toBe(100)
})

it('a jump of the wall clock moves no timer and not the monotonic clock', async () => {
  const clock = manualClock(1_000)
  let fired = 0
  clock.after(10, () => fired++)
  clock.jump(-500)
  expect([clock.now(), clock.monotonicMs(), fired]).toEqual([500, 0, 0])
  await clock.advance(10)
  expect([clock.now(), fired]).toEqual([510, 1])
})
