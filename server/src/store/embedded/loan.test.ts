import { expect, it } from 'vitest'
import { StoreUnavailable } from '../store.ts'
import { loan } from './loan.ts'

/** One that can't be ended: the disk fails under the rollback. */
function brokenLoan() {
  const told: unknown[] = []
  const lent = loan({
    begin() {},
    end() {
      throw new Error('fault: not rolled back')
    },
    isOutdated: () => false,
    broken(error) {
      told.push(error)
      return new StoreUnavailable('The store stopped.')
    },
  })
  return { lent, told }
}

const expected = [expect.objectContaining({ message: 'fault: not rolled back' })]

it.each([
  [
    'what was read fails',
    ({ lent }: ReturnType<typeof brokenLoan>) =>
      lent.read(() => {
        throw new Error('not read')
      }),
  ],
  [
    'somebody else needs the database',
    ({ lent }: ReturnType<typeof brokenLoan>) => {
      lent.read(() => 1)
      lent.takeBack()
    },
  ],
])('[ST8] a loan that can not be ended as %s is told, and refused to whoever asked', async (_, ends) => {
  const one = brokenLoan()
  expect(() => ends(one)).toThrow(StoreUnavailable)
  expect(one.told).toEqual(expected)
  // told once, with the turn's end as well
  await new Promise((resolve) => setImmediate(resolve))
  expect(one.told).toEqual(expected)
})

it('[ST8] a loan that can not be ended with its turn is told', async () => {
  const { lent, told } = brokenLoan()
  expect(lent.read(() => 1)).toBe(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual(expected)
})
