import { refused } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/store.ts'
import { answeredInTime, inTime } from './in-time.ts'

const log = { error: () => {} }
const never = new Promise<never>(() => {})

it('[PR2] what could not begin in time was not done', async () => {
  const clock = manualClock()
  let begin = () => true
  const answer = inTime(clock, log, (mayBegin) => {
    begin = mayBegin
    return never
  })
  await clock.advance(1_900)
  expect(await answer).toEqual(refused('unavailable'))
  // and will not be done later, when its turn comes
  expect(begin()).toBe(false)
})

it('[PR2] what began and did not end may have been done', async () => {
  const clock = manualClock()
  const answer = inTime(clock, log, (begin) => {
    begin()
    return never
  })
  await clock.advance(1_899)
  let settled = false
  answer.then(() => {
    settled = true
  })
  await clock.advance(0)
  expect(settled).toBe(false)
  await clock.advance(1)
  expect(await answer).toEqual(refused('unknown'))
})

it('[PR2] a command that begins at once is unknown where it is late, and tells of no events', async () => {
  const clock = manualClock()
  const late = answeredInTime({ clock, log }, () => never, 500)
  await clock.advance(500)
  expect(await late).toEqual({ answer: refused('unknown'), events: [] })
  const done = { answer: refused('conflict'), events: [], replayed: true }
  expect(await answeredInTime({ clock, log }, async () => done)).toBe(done)
})

it('[PR2][ST8] a store that does not know says unknown, one that is away unavailable, a defect internal', async () => {
  const clock = manualClock()
  const codeOf = async (error: Error) => {
    const answer = await inTime(clock, log, async () => {
      throw error
    })
    return answer.error.code
  }
  expect(await codeOf(new OutcomeUnknown('?'))).toBe('unknown')
  expect(await codeOf(new StoreUnavailable('full'))).toBe('unavailable')
  expect(await codeOf(new Error('a defect'))).toBe('internal')
})
