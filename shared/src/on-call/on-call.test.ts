import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../time.ts'
import { onCallAt, onCallBetween } from './on-call.ts'
import type { Override, Rotation, Schedule } from './schedule.ts'

const weekly: Rotation = {
  name: 'first line',
  participants: ['ana', 'bo', 'cy'],
  shiftDays: 7,
  handOver: { time: '09:00', weekday: 'monday' },
  startsOn: '2026-01-01',
}
const at = (text: string): number => Date.parse(text)
const who = (schedule: Schedule, when: string, overrides: readonly Override[] = []): string =>
  onCallAt(schedule, overrides, at(when)).person

/** Wall clock − UTC, ms, as ICU knows it and not as the code under test does. Clock changes fall on quarter hours. */
function offsets(timeZone: string, from: number, until: number): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-u-hc-h23', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const offsetAt = (moment: number): number => {
    const part = Object.fromEntries(
      format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute) - moment
  }
  const step = 15 * MINUTE
  // a change shows between two looks six hours apart: only there each quarter of an hour is looked at
  const table: number[] = []
  const wide = 6 * HOUR
  for (let start = from; start < until; start += wide) {
    const [first, last] = [offsetAt(start), offsetAt(start + wide)]
    for (let quarter = 0; quarter < wide / step; quarter++)
      table.push(first === last ? first : offsetAt(start + quarter * step))
  }
  return (moment) => table[Math.floor((moment - from) / step)] as number
}

/** Hand-overs at that wall-clock time, `days` apart from `first` on, by RFC 5545's rule for clock changes. */
function handOvers(first: number, days: number, offset: (at: number) => number, until: number): number[] {
  const found: number[] = []
  for (let wall = first; wall < until; wall += days * DAY) {
    const near = [wall - 30 * HOUR, wall - 15 * HOUR, wall, wall + 15 * HOUR].map(offset)
    const shown = near.map((off) => wall - off).filter((moment) => moment + offset(moment) === wall)
    found.push(shown.length > 0 ? Math.min(...shown) : wall - (near[0] as number))
  }
  return found
}

describe('[ES2] who is on call has exactly one answer at every minute of a year, clock changes included', () => {
  const cases = [
    { zone: 'Europe/Berlin', year: 2026, time: '02:30', days: 1 }, // a time that is skipped and repeated
    { zone: 'America/New_York', year: 2026, time: '09:00', days: 7 },
    { zone: 'Australia/Lord_Howe', year: 2026, time: '01:45', days: 1 }, // clocks change by half an hour
    { zone: 'Asia/Kathmandu', year: 2026, time: '00:00', days: 2 },
    { zone: 'Pacific/Apia', year: 2011, time: '09:00', days: 1 }, // a whole day did not exist
    { zone: 'UTC', year: 2024, time: '23:59', days: 14 },
  ]
  it.each(cases)('$zone $year, every $days days at $time', ({ zone, year, time, days }) => {
    const participants = ['ana', 'bo', 'cy'] as const
    const schedule: Schedule = {
      timeZone: zone,
      rotations: [
        { name: 'all', participants, shiftDays: days, handOver: { time }, startsOn: `${year}-01-04` },
      ],
    }
    const [from, until] = [Date.UTC(year, 0, 6), Date.UTC(year + 1, 0, 6)]
    const offset = offsets(zone, from - 5 * DAY, until + 5 * DAY)
    const changes = handOvers(at(`${year}-01-04T${time}Z`), days, offset, until + 2 * DAY)

    const shifts = onCallBetween(schedule, [], { from, until })
    const answers = new Uint8Array((until - from) / MINUTE)
    let turn = 0
    for (const shift of shifts)
      for (let moment = Math.max(shift.from, from); moment < Math.min(shift.until, until); moment += MINUTE) {
        while ((changes[turn + 1] as number) <= moment) turn += 1
        if (shift.person !== participants[turn % 3])
          throw new Error(`${shift.person} at ${new Date(moment).toISOString()}, turn ${turn}`)
        answers[(moment - from) / MINUTE] = (answers[(moment - from) / MINUTE] as number) + 1
      }
    expect(answers.every((count) => count === 1)).toBe(true)
    expect(new Set(changes.filter((one) => one > from && one < until)).size).toBe(shifts.length - 1)
  })

  it('rotations with hours of their own and overrides leave no gap and no overlap', () => {
    const names = fc.constantFrom('ana', 'bo', 'cy', 'di')
    const time = fc.constantFrom('00:00', '02:30', '03:00', '09:00', '17:30', '23:45')
    const zone = fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Tokyo')
    const rotation = (name: string, hours: boolean) =>
      fc.record({
        name: fc.constant(name),
        participants: fc.tuple(names, names, names),
        shiftDays: fc.constantFrom(1, 3, 7),
        handOver: fc.record({ time }),
        startsOn: fc.constantFrom('2026-03-20', '2026-06-01'),
        ...(hours && {
          during: fc.record({
            weekdays: fc.constantFrom(undefined, ['saturday', 'sunday'] as const, ['monday'] as const),
            from: time,
            to: time,
          }),
        }),
      }) as fc.Arbitrary<Rotation>
    const moment = fc.integer({ min: Date.UTC(2026, 2, 25), max: Date.UTC(2026, 3, 8) - 1 })
    const override = fc.record({ person: names, from: moment, lasts: fc.integer({ min: 1, max: 3 * DAY }) })
    fc.assert(
      fc.property(
        zone,
        fc.tuple(rotation('base', false), rotation('nights', true)),
        fc.array(override, { maxLength: 3 }),
        fc.array(moment, { minLength: 5, maxLength: 10 }),
        (timeZone, rotations, made, moments) => {
          const schedule: Schedule = { timeZone, rotations }
          const overrides = made.map(({ person, from, lasts }, n) => ({
            id: String(n),
            person,
            from,
            until: from + lasts,
          }))
          const whole = { from: Date.UTC(2026, 2, 25), until: Date.UTC(2026, 3, 8) }
          const all = onCallBetween(schedule, overrides, whole)
          for (const [n, one] of all.entries()) {
            expect(one.from).toBeLessThan(one.until)
            if (n > 0) expect(one.from).toBe(all[n - 1]?.until)
          }
          expect(all[0]?.from).toBeLessThanOrEqual(whole.from)
          expect(all.at(-1)?.until).toBeGreaterThanOrEqual(whole.until)
          for (const one of moments) {
            const holds = all.filter(({ from, until }) => from <= one && one < until)
            const answer = onCallAt(schedule, overrides, one)
            expect(holds).toMatchObject([{ person: answer.person, through: answer.through }])
            expect(answer.from <= one && one < answer.until).toBe(true)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('[ES2] on-call schedules', () => {
  const office: Schedule = { timeZone: 'Europe/Berlin', rotations: [weekly] }

  it('hands over on its weekday at its time on the wall, in winter and in summer', () => {
    expect(who(office, '2026-01-05T07:59:59.999Z')).toBe('cy') // before the first hand-over: the turn before
    expect(who(office, '2026-01-05T08:00:00Z')).toBe('ana')
    expect(who(office, '2026-01-12T08:00:00Z')).toBe('bo')
    expect(who(office, '2026-03-30T06:59:59Z')).not.toBe(who(office, '2026-03-30T07:00:00Z'))
  })

  it('a later rotation wins within its hours, past midnight too', () => {
    const nights: Rotation = {
      ...weekly,
      name: 'nights',
      participants: ['nora'],
      during: { weekdays: ['friday'], from: '22:00', to: '06:00' },
    }
    const schedule: Schedule = { timeZone: 'Europe/Berlin', rotations: [weekly, nights] }
    expect(who(schedule, '2026-01-09T20:59:59Z')).toBe('ana')
    expect(who(schedule, '2026-01-09T21:00:00Z')).toBe('nora')
    expect(who(schedule, '2026-01-10T04:59:59Z')).toBe('nora')
    expect(who(schedule, '2026-01-10T05:00:00Z')).toBe('ana')
    expect(who(schedule, '2026-01-10T21:00:00Z')).toBe('ana')
  })

  it('an override wins over rotations, the later of two over the earlier', () => {
    const over = (id: string, person: string, from: string, until: string): Override => ({
      id,
      person,
      from: at(from),
      until: at(until),
    })
    const overrides = [
      over('1', 'di', '2026-01-06T00:00Z', '2026-01-07T00:00Z'),
      over('2', 'ed', '2026-01-06T12:00Z', '2026-01-06T13:00Z'),
    ]
    expect(who(office, '2026-01-05T23:59:59Z', overrides)).toBe('ana')
    expect(who(office, '2026-01-06T00:00:00Z', overrides)).toBe('di')
    expect(who(office, '2026-01-06T12:00:00Z', overrides)).toBe('ed')
    expect(who(office, '2026-01-06T13:00:00Z', overrides)).toBe('di')
    expect(who(office, '2026-01-07T00:00:00Z', overrides)).toBe('ana')
    expect(onCallAt(office, overrides, at('2026-01-06T12:30Z'))).toMatchObject({
      through: { override: '2' },
      from: at('2026-01-06T12:00Z'),
      until: at('2026-01-06T13:00Z'),
    })
  })
})
