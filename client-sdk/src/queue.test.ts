import { expect, it } from 'vitest'
import { AsyncQueue } from './queue.ts'

it('gives each item once, in order, whether readers or items come first', async () => {
  const queue = new AsyncQueue<number>()
  const early = [queue.next(), queue.next()]
  for (const n of [1, 2, 3]) queue.push(n)
  const results = [...(await Promise.all(early)), await queue.next()]
  expect(results.map(({ value }) => value)).toEqual([1, 2, 3])
})

it('gives out what is queued before it ends', async () => {
  const queue = new AsyncQueue<number>()
  queue.push(1)
  queue.end()
  expect(queue.push(2)).toBe(false)
  expect([await queue.next(), await queue.next()]).toEqual([
    { done: false, value: 1 },
    { done: true, value: undefined },
  ])
})

it('refuses what is beyond its capacity, and ends readers with the error', async () => {
  const queue = new AsyncQueue<number>(1)
  expect([queue.push(1), queue.push(2)]).toEqual([true, false])
  queue.end(new Error('too slow'))
  await queue.next()
  await expect(queue.next()).rejects.toThrow('too slow')
})
