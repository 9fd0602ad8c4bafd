import { expect, it } from 'vitest'
import { manualClock } from '../../test/harness/manual-clock.ts'
import { whenQuiet } from './clock.ts'

function counted() {
  const clock = manualClock()
  let calls = 0
  const quiet = whenQuiet(clock, 500, () => {
    calls += 1
  })
  return { clock, quiet, calls: () => calls }
}

it('a quiet moment begins with the last that happened, and is told once', async () => {
  const { clock, quiet, calls } = counted()
  await clock.advance(10_000)
  expect(calls()).toBe(0)
  quiet.busy()
  await clock.advance(499)
  quiet.busy()
  await clock.advance(499)
  expect(calls()).toBe(0)
  await clock.advance(1)
  expect(calls()).toBe(1)
  await clock.advance(60_000)
  expect(calls()).toBe(1)
  quiet.busy()
  await clock.advance(500)
  expect(calls()).toBe(2)
})

it('nothing is told once it was stopped', async () => {
  const { clock, quiet, calls } = counted()
  quiet.busy()
  quiet.stop()
  quiet.busy()
  await clock.advance(60_000)
  expect(calls()).toBe(0)
})
