import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareEpochs, EPOCH_PATTERN, makeEpoch } from './epoch.ts'

const parts = fc.tuple(fc.nat(999_999_999), fc.nat(999_999_999_999_999))

it('[AG] epochs are ordered by the store’s epoch first, then by their number', () =>
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const expected = Math.sign(a[0] - b[0] || a[1] - b[1])
      expect(Math.sign(compareEpochs(makeEpoch(...a), makeEpoch(...b)))).toBe(expected)
    }),
  ))

it('[AG] a store that lost history hands out only newer tokens', () => {
  expect(compareEpochs('2.1', '1.999')).toBeGreaterThan(0)
  expect(compareEpochs('1.10', '1.9')).toBeGreaterThan(0)
  expect(compareEpochs('1.9', '1.9')).toBe(0)
})

it('[AG] what is made fits the pattern', () =>
  fc.assert(
    fc.property(parts, (each) => {
      expect(makeEpoch(...each)).toMatch(EPOCH_PATTERN)
    }),
  ))

it.each([
  '',
  '1',
  '1.',
  '.1',
  '01.1',
  '1.01',
  '-1.1',
  '1.-1',
  '1e3.1',
  '1.1\n',
  '1.1.1',
  '1.1234567890123456',
])('[ID4] %j is no epoch', (text) => expect(text).not.toMatch(EPOCH_PATTERN))
