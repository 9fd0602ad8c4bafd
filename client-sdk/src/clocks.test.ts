import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClocks } from './clocks.ts'

const DAY = 86_400_000

describe('timers of the system', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each([1, 24, 25, 30, 60])('[PR5] wake once after %i days, and never early', (days) => {
    let woken = 0
    systemClocks.after(days * DAY, () => void woken++)
    vi.advanceTimersByTime(days * DAY - 1)
    expect(woken).toBe(0)
    vi.advanceTimersByTime(1)
    expect(woken).toBe(1)
    vi.advanceTimersByTime(100 * DAY)
    expect([woken, vi.getTimerCount()]).toEqual([1, 0])
  })

  it('are called off at any time', () => {
    const cancel = systemClocks.after(60 * DAY, () => expect.unreachable())
    vi.advanceTimersByTime(30 * DAY)
    cancel()
    expect(vi.getTimerCount()).toBe(0)
  })
})
