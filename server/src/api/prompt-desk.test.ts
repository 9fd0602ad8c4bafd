import { refused } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import type { Desk, Line, Reply } from './line.ts'
import { createPromptness } from './prompt-desk.ts'

/** A desk whose answers come when the test says so. */
function slowDesk() {
  const clock = manualClock()
  const logged: string[] = []
  const ends: { answer(reply: Reply): void; fail(error: Error): void }[] = []
  const desk: Desk = {
    handle: () =>
      new Promise((answer, fail) => {
        ends.push({ answer, fail })
      }),
    cast: () => ({ ok: true, value: undefined }),
    closed: () => {},
  }
  const promptness = createPromptness(clock, { error: (_, message) => void logged.push(message) })
  const prompt = promptness.prompt({ '/operator': () => desk })['/operator']({} as Line)
  const ask = (name: string, payload: object) => {
    const answers: unknown[] = []
    prompt.handle(name, payload).then(
      (reply) => answers.push(reply),
      (error: unknown) => answers.push(error),
    )
    return answers
  }
  return { clock, logged, ends, ask, stop: promptness.stop }
}

it('[PR2] a read that takes too long is unavailable, a command unknown, each in its time', async () => {
  const { clock, ask } = slowDesk()
  const read = ask('sync', {})
  await clock.advance(1_000)
  const command = ask('agent.stop', { key: 'k' })
  await clock.advance(949)
  expect([read, command]).toEqual([[], []])
  await clock.advance(1)
  expect([read, command]).toEqual([[refused('unavailable')], []])
  await clock.advance(1_000)
  expect(command).toEqual([refused('unknown')])
})

it('[PR2] an answer in time is the answer, and what waits after it still has its own time', async () => {
  const { clock, ask, ends } = slowDesk()
  const first = ask('sync', {})
  await clock.advance(1_949)
  const second = ask('sync', {})
  ends[0]?.answer({ ok: true })
  await clock.advance(1_949)
  expect([first, second]).toEqual([[{ ok: true }], []])
  await clock.advance(1)
  expect(second).toEqual([refused('unavailable')])
})

it('[PR2] a defect is told to the caller, or to the log where the time is up', async () => {
  const { clock, ask, ends, logged } = slowDesk()
  const defect = new Error('a defect')
  const early = ask('sync', {})
  ends[0]?.fail(defect)
  await clock.advance(0)
  expect([early, logged]).toEqual([[defect], []])
  const late = ask('sync', {})
  await clock.advance(1_950)
  ends[1]?.fail(defect)
  await clock.advance(0)
  expect(late).toEqual([refused('unavailable')])
  expect(logged).toEqual(['a request failed after its time was up'])
})

it('[PR2] what waits for another server waits as long as that takes', async () => {
  const { clock, ask, ends } = slowDesk()
  const tested = ask('channel.test', { key: 'k' })
  await clock.advance(10_000)
  expect(tested).toEqual([])
  ends[0]?.answer({ ok: true })
  await clock.advance(0)
  expect(tested).toEqual([{ ok: true }])
})

it('leaves no timer behind once it is stopped, and gives up on nothing then', async () => {
  const { clock, ask, ends, stop } = slowDesk()
  const read = ask('sync', {})
  stop()
  await clock.advance(5_000)
  expect(read).toEqual([])
  ends[0]?.answer({ ok: true })
  ask('sync', {})
  await clock.advance(5_000)
  expect(read).toEqual([{ ok: true }])
})
