import { describe, expect, it } from 'vitest'
import { nextOf } from './on-call.ts'

const day = (n: number) => `2026-03-0${n}T08:00:00.000Z`
const shift = (person: string, from: number, until: number) => ({
  person,
  from: day(from),
  until: day(until),
  through: { rotation: 'days' },
})
const view = (shifts: ReturnType<typeof shift>[], at = '2026-03-01T09:00:00.000Z') => ({
  schedule: 'primary',
  timeZone: 'UTC',
  at,
  shifts,
  overrides: [],
})

describe('[ES2] who is on call now and next', () => {
  it('joins shifts of one person that follow each other', () => {
    expect(nextOf(view([shift('ana', 1, 2), shift('ana', 2, 3), shift('bo', 3, 4)]))).toEqual({
      person: 'ana',
      until: day(3),
      next: { person: 'bo', from: day(3) },
    })
  })

  it('tells a gap, before and after', () => {
    expect(nextOf(view([shift('ana', 1, 2), shift('ana', 3, 4)]))).toMatchObject({
      person: 'ana',
      until: day(2),
      next: { person: 'ana', from: day(3) },
    })
    expect(nextOf(view([shift('bo', 3, 4)]))).toEqual({ next: { person: 'bo', from: day(3) } })
    expect(nextOf(view([]))).toEqual({ next: undefined })
  })
})
