import { expect, it } from 'vitest'
import { approvedBy, asked, check, exchange, ID, one, yes } from './good-history.ts'

it('[AP3] finds a release that was only sent when its time was up, whatever the server wrote down', () => {
  const late = approvedBy('ana', 1_500, 'yes-late')
  expect(check({ observations: [...asked(), ...late], successes: 0 })).toEqual(one(/^Expired: .*yes-late/))
})

it('[AP9] finds a begin that was only sent when the release could not be used any more', () => {
  const late = exchange(2_500, 'a', 'action.begin', { key: 'begin-late', epoch: '1.1', id: ID }, yes())
  expect(check({ observations: [...asked(), ...late], successes: 0 })).toEqual(one(/^Expired: .*begin-late/))
})
