import { expect, it } from 'vitest'
import { Places } from './places.ts'

const list = () => new Places<string>(60, (name) => name)

it('[AP10] a press is meant for another where what it hits came to its place just before', () => {
  const places = list()
  places.note(['b', 'c'], 100, 0)
  expect(places.isSurprise('b', 130, 0, 1, 0)).toBe(false)
  places.note(['a', 'b', 'c'], 100, 1_000)
  expect(places.isSurprise('a', 130, 0, 1_001, 0)).toBe(true)
  expect(places.isSurprise('b', 190, 0, 1_399, 0)).toBe(true)
  // a hand on its way can't know of it either
  expect(places.isSurprise('b', 190, 0, 1_399, 1_398)).toBe(true)
  expect(places.isSurprise('a', 130, 0, 1_400, 0)).toBe(false)
  // nothing stood there
  expect(places.isSurprise('c', 250, 0, 1_001, 0)).toBe(false)
})

it('of several changes the first counts as long as the last, and what stayed where it was is no surprise', () => {
  const places = list()
  places.note(['a', 'b'], 100, 0)
  places.note(['a', 'x', 'b'], 100, 1_000)
  places.note(['a', 'x', 'b', 'c'], 100, 1_300)
  expect(places.isSurprise('a', 130, 0, 1_301, 0)).toBe(false)
  expect(places.isSurprise('x', 190, 0, 1_301, 0)).toBe(true)
  expect(places.isSurprise('x', 190, 0, 1_450, 0)).toBe(false)
})

it('counts a list that was moved as a whole, rows that were scrolled, and an order that was asked for', () => {
  const places = list()
  places.note(['a', 'b', 'c'], 100, 0)
  places.note(['a', 'b', 'c'], 140, 1_000)
  expect(places.isSurprise('a', 150, 0, 1_001, 0)).toBe(false)
  expect(places.isSurprise('a', 190, 0, 1_001, 0)).toBe(true)
  expect(places.isSurprise('b', 195, 60, 1_001, 0)).toBe(true)
  expect(places.isSurprise('b', 150, 60, 1_001, 0)).toBe(false)
  // once the hand moved after it, it goes where it is meant to
  expect(places.isSurprise('a', 190, 0, 1_001, 1_001)).toBe(false)
  // what stood there was no line at all
  places.note(['a', 'b', 'c'], 60, 2_000)
  expect(places.isSurprise('a', 110, 0, 2_001, 0)).toBe(true)
  places.forget()
  places.note(['b', 'a'], 60, 2_002)
  expect(places.isSurprise('b', 110, 0, 2_003, 0)).toBe(false)
})
