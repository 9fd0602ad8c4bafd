import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { notices, settled, tell } from './notices.ts'

const shown = () => notices.value.map(({ text }) => text)

describe('what was just done', () => {
  beforeEach(() => {
    notices.value = []
    vi.useFakeTimers()
  })
  afterEach(() => void vi.useRealTimers())

  it('a failure stays in sight, however much goes well after it', () => {
    tell('bad', 'not paid')
    for (const text of ['one', 'two', 'three', 'four', 'five']) tell('good', text)
    expect(shown()).toEqual(['not paid', 'three', 'four', 'five'])
    vi.advanceTimersByTime(10_000)
    expect(shown()).toEqual(['not paid'])
  })

  it('why something failed goes once it was done, and why other things did stays', () => {
    const about = { id: 'a', page: 'queue', words: 'pay by bot' } as const
    tell('bad', 'no code', { about })
    tell('bad', 'not reached', { about: { ...about, id: 'b' } })
    tell('bad', 'no export')
    settled('a')
    expect(shown()).toEqual(['not reached', 'no export'])
  })

  it('of failures alone the oldest makes room', () => {
    for (const text of ['one', 'two', 'three', 'four', 'five']) tell('bad', text)
    expect(shown()).toEqual(['two', 'three', 'four', 'five'])
  })

  it('a hint that is given again is told once, and what was done as often as it was', () => {
    for (const text of ['look first', 'not yours', 'look first']) tell('neutral', text)
    for (const text of ['approved', 'approved']) tell('good', text)
    expect(shown()).toEqual(['not yours', 'look first', 'approved', 'approved'])
  })
})
