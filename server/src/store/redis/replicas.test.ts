import { expect, it } from 'vitest'
import { AnswerLost, type Reply } from './connection.ts'
import { confirmReplicated } from './replicas.ts'

/** One connection, which answers one after another, as Redis does; `onDisk` says when the replica has it there, ms. */
function connectionOf(onDisk: number) {
  let now = 0
  const waits: number[] = []
  return {
    waits,
    monotonicMs: () => now,
    async send(...[command, , , ms]: readonly string[]): Promise<Reply> {
      if (command !== 'WAITAOF') return 'OK'
      waits.push(Number(ms))
      // the replica says once, at the beginning, what it has by then
      const has = now >= onDisk ? 1 : 0
      if (!has) now += Number(ms)
      return [1, has] as unknown as Reply
    },
  }
}

const replicas = { atLeast: 1, withinMs: 400, onDisk: true }

it('[ST3] asks a replica again that has not had a commit on its disk yet, after longer and longer', async () => {
  const connection = connectionOf(60)
  await confirmReplicated(connection, 'head', replicas, connection.monotonicMs)
  expect(connection.waits).toEqual([25, 50, 100])
})

it('[ST3] [PR2] gives up in time, however many others have the connection answer them in between', async () => {
  const connection = connectionOf(Number.POSITIVE_INFINITY)
  const confirmed = await Promise.allSettled(
    Array.from({ length: 5 }, () => confirmReplicated(connection, 'head', replicas, connection.monotonicMs)),
  )
  for (const one of confirmed) expect(one).toMatchObject({ reason: expect.any(AnswerLost) })
  expect(connection.monotonicMs()).toBeLessThan(2 * replicas.withinMs)
})

it('[ST3] takes a question that was refused for an answer that was lost', async () => {
  const send = async (): Promise<Reply> => Promise.reject(new Error('LOADING'))
  await expect(confirmReplicated({ send }, 'head', replicas)).rejects.toBeInstanceOf(AnswerLost)
})
