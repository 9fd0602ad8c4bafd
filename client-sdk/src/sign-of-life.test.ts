import { describe, expect, it } from 'vitest'
import type { Connection } from './connection/socket.ts'
import { watchLife } from './sign-of-life.ts'

/** `step` moves the clock and looks; `answers`: whether the server does. */
function watched(answers: boolean) {
  let now = 0
  let heardAt = 0
  let wake = () => {}
  const asked: number[] = []
  const told: (number | undefined)[] = []
  const connection = {
    heardAt: () => heardAt,
    exchange: async () => {
      asked.push(now)
      if (answers) heardAt = now
    },
  } as unknown as Connection
  const clocks = {
    monotonic: () => now,
    wall: () => now,
    after: (_ms: number, next: () => void) => {
      wake = next
      return () => {
        wake = () => {}
      }
    },
  }
  const end = watchLife(connection, { clocks, told: (silentMs) => told.push(silentMs) })
  const step = (ms: number) => {
    now += ms
    wake()
  }
  return { end, asked, told, step, hear: () => (heardAt = now) }
}

const times = (count: number, run: () => void) => Array.from({ length: count }).forEach(run)

describe('the sign of life', () => {
  it('[PR4] is asked for where nothing is heard, and a quiet server that gives it is no silent one', () => {
    const { asked, told, step } = watched(true)
    times(120, () => step(500))
    expect(asked.length).toBeGreaterThan(20)
    expect(new Set(told)).toEqual(new Set([undefined]))
  })

  it('[PR4] is missed within six seconds, told for how long, and found again', () => {
    const { asked, told, step, hear } = watched(false)
    times(9, () => step(500))
    expect(new Set(told)).toEqual(new Set([undefined]))
    times(3, () => step(500))
    expect([told.at(-1), asked]).toEqual([6_000, [2_000]])
    hear()
    step(500)
    expect(told.at(-1)).toBeUndefined()
  })

  it('is not missed by who stood still meanwhile and has not looked', () => {
    const { told, step } = watched(false)
    times(5, () => step(500))
    step(60_000)
    expect(told.at(-1)).toBeUndefined()
    times(6, () => step(500))
    expect(told.at(-1)).toBeGreaterThan(60_000)
  })

  it('is no longer looked for once the connection is gone', () => {
    const { asked, told, step, end } = watched(false)
    end()
    times(20, () => step(500))
    expect([asked, told]).toEqual([[], []])
  })
})
