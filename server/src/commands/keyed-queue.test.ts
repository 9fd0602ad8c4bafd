import { expect, it } from 'vitest'
import { createKeyedQueue } from './keyed-queue.ts'

it('runs one at a time per key in the order of asking, and different keys at once', async () => {
  const queue = createKeyedQueue()
  const log: string[] = []
  const gate = withResolvers()
  const work = (name: string, wait?: Promise<unknown>) => async () => {
    log.push(`${name} begins`)
    await wait
    log.push(`${name} ends`)
  }
  const all = [
    queue.run('a', work('a1', gate.promise)),
    queue.run('a', work('a2')),
    queue.run('b', work('b1')),
  ]
  await all[2]
  expect(log).toEqual(['a1 begins', 'b1 begins', 'b1 ends'])
  gate.resolve(undefined)
  await Promise.all(all)
  expect(log.slice(3)).toEqual(['a1 ends', 'a2 begins', 'a2 ends'])
})

it('[AG4] lets what is urgent overtake what waits, each in the order of asking', async () => {
  const queue = createKeyedQueue()
  const log: string[] = []
  const gate = withResolvers()
  const work = (name: string, wait?: Promise<unknown>) => async () => {
    await wait
    log.push(name)
  }
  await Promise.all([
    queue.run('a', work('at work', gate.promise)),
    queue.run('a', work('usual 1')),
    queue.run('a', work('usual 2')),
    queue.run('a', work('urgent 1'), 'urgent'),
    queue.run('a', work('urgent 2'), 'urgent'),
    gate.resolve(undefined),
  ])
  expect(log).toEqual(['at work', 'urgent 1', 'urgent 2', 'usual 1', 'usual 2'])
})

it('goes on after work that failed, and is idle when all is done', async () => {
  const queue = createKeyedQueue()
  const failing = queue.run('a', async () => {
    throw new Error('no')
  })
  const after = queue.run('a', async () => 'yes')
  await expect(failing).rejects.toThrow('no')
  expect(await after).toBe('yes')
  await queue.idle()
})

function withResolvers() {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
