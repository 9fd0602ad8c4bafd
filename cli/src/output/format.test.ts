import { describe, expect, it } from 'vitest'
import { duration, localTime, parseDuration, shortId } from './format.ts'

describe('formats', () => {
  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [252_000, '4m 12s'],
    [11_100_000, '3h 05m'],
    [525_600_000, '6d 2h'],
  ])('says %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it.each([
    ['8h', 28_800_000],
    ['90s', 90_000],
    ['1.5d', 129_600_000],
    ['250ms', 250],
    ['8', undefined],
    ['-1h', undefined],
    ['1h30m', undefined],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it('shortens an id to its last characters, which differ between ids made together', () => {
    expect(shortId('0198c1f2-7a3b-7c4d-8e5f-0123456789ab')).toBe('456789ab')
  })

  it('names the day of a time that is not today', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5)
    expect(localTime(at.toISOString(), at)).toBe('03:04:05')
    expect(localTime(at.toISOString(), new Date(2026, 0, 3))).toBe('2026-01-02 03:04:05')
  })
})
