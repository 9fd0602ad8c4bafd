import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyPace } from './copy-pace.ts'

it('[PR1] a copy ends, however much the tables are given, whenever they ask, and however slow the disk is', () => {
  const round = fc.record({ grewBy: fc.nat(5_000), turnsBetween: fc.nat(40), turnMs: fc.nat(30) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30_000 }), fc.array(round, { minLength: 1 }), (pages, rounds) => {
      const pace = copyPace()
      let left = pages
      let next = pace.gotOn(left, 0)
      let wrong = 0
      let times = 0
      for (let n = 0; left > 0; n = (n + 1) % rounds.length) {
        const { grewBy, turnsBetween, turnMs } = rounds[n] as (typeof rounds)[number]
        for (let turns = turnsBetween; left > 0 && (turns > 0 || pace.isBehind()); turns--) {
          left = Math.max(0, left - next)
          next = pace.gotOn(left, turnMs)
          // at 5 µs a page: 5 ms
          if (next < 1 || next > 1_024) wrong += 1
        }
        if (left === 0) break
        pace.standStill()
        left += grewBy
        next = pace.gotOn(left, turnMs)
        times += 1
      }
      expect(wrong).toBe(0)
      expect(times).toBeLessThanOrEqual(Math.ceil(pages / 1_024))
    }),
    { numRuns: 200 },
  )
})

it('keeps nobody waiting before it stood still, and takes little of a turn unless somebody waits', () => {
  const pace = copyPace()
  expect(pace.isBehind()).toBe(false)
  expect([pace.gotOn(10_000, 1), pace.isBehind()]).toEqual([32, false])
  pace.standStill()
  const awaited = [1, 1, 20, 20, 1, 1].map((ms) => pace.gotOn(12_000, ms))
  expect([awaited, pace.isBehind()]).toEqual([[1_024, 1_024, 512, 256, 512, 1_024], true])
  expect([pace.gotOn(8_976, 1), pace.isBehind()]).toEqual([32, false])
})

it('keeps nobody waiting once it has ended, while its file is on its way to the disk', () => {
  const pace = copyPace()
  pace.gotOn(500, 1)
  pace.standStill()
  expect(pace.isBehind()).toBe(true)
  pace.ended()
  expect(pace.isBehind()).toBe(false)
  pace.standStill()
  expect(pace.isBehind()).toBe(false)
})

it('whoever waits for it goes on once it has caught up, and where it ended without', async () => {
  const pace = copyPace()
  await pace.caughtUp()
  for (const catchUp of [() => pace.gotOn(8_000, 1), () => pace.ended()]) {
    pace.gotOn(10_000, 1)
    pace.standStill()
    let goesOn = 0
    const both = Promise.all([pace.caughtUp(), pace.caughtUp()].map((one) => one.then(() => goesOn++)))
    pace.gotOn(9_999, 1)
    await Promise.resolve()
    expect(goesOn).toBe(0)
    catchUp()
    await both
  }
})
