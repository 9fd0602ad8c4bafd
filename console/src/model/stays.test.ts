import { expect, it } from 'vitest'
import { Stays } from './stays.ts'

it('what stays is there for longer, however often others come and go; what was away begins anew', () => {
  const stays = new Stays()
  for (let at = 0; at <= 150; at += 10) stays.note(['a', `passing-${at}`, ...(at === 50 ? [] : ['b'])], at)
  expect([...stays.longerThan(150, 150)]).toEqual(['a'])
  expect([...stays.longerThan(90, 150)]).toEqual(['a', 'b'])
})
