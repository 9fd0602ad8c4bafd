import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PushOrder } from './push-order.ts'

it('[PR4] pushes that come doubled, late and out of order are taken once each, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (arrivals) => {
      const order = new PushOrder()
      const taken: number[] = []
      for (const seq of arrivals)
        if (!order.hasSeen(seq) && order.isNext(seq)) {
          order.jump(seq)
          taken.push(seq)
        }
      expect(taken).toEqual(taken.map((_, index) => index + 1))
      expect(order.last).toBe(taken.length)
    }),
  )
})

it('[AG2] a state that was told with an older number never replaces a newer one', () => {
  const order = new PushOrder()
  expect(order.newerState(5)).toBe(true)
  expect(order.newerState(4)).toBe(false)
  expect(order.newerState(5)).toBe(true)
  expect(order.newerState(6)).toBe(true)
})
