import type { AgentState } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { Acknowledgement } from './acknowledgement.ts'
import { type Deferred, deferred } from './deferred.ts'

function told() {
  const said: { seq: number; state: AgentState; heard: Deferred<boolean> }[] = []
  const gate = { may: true }
  const acknowledgement = new Acknowledgement(
    (enforced) => {
      const heard = deferred<boolean>()
      said.push({ ...enforced, heard })
      return heard.promise
    },
    () => gate.may,
  )
  return { acknowledgement, said, gate, states: () => said.map(({ seq, state }) => `${state} ${seq}`) }
}

it('[AG2] says what was asked for, and nothing of what nobody asked for', async () => {
  const { acknowledgement, states } = told()
  acknowledgement.enforced(1, 'awaiting_input', true)
  acknowledgement.enforced(2, 'running', true)
  acknowledgement.say()
  expect([states(), acknowledgement.isDue]).toEqual([[], false])
  acknowledgement.enforced(3, 'paused', true)
  acknowledgement.say()
  expect(states()).toEqual(['paused 3'])
})

it('[AG2] waits until nothing is being executed any more', () => {
  const { acknowledgement, gate, states } = told()
  gate.may = false
  acknowledgement.enforced(3, 'paused', true)
  acknowledgement.say()
  expect([states(), acknowledgement.isDue]).toEqual([[], true])
  gate.may = true
  acknowledgement.say()
  expect(states()).toEqual(['paused 3'])
})

it('[AG2] what changed while it was saying is said after it, and only the last of it', async () => {
  const { acknowledgement, said, states } = told()
  acknowledgement.enforced(3, 'paused', true)
  const saying = acknowledgement.say()
  acknowledgement.enforced(4, 'running', true)
  acknowledgement.enforced(5, 'paused', true)
  said[0]?.heard.resolve(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(states()).toEqual(['paused 3', 'paused 5'])
  said[1]?.heard.resolve(true)
  await saying
  expect(acknowledgement.isDue).toBe(false)
})

it('[AG2] what was not heard is due again', async () => {
  const { acknowledgement, said, states } = told()
  acknowledgement.enforced(3, 'stopped', true)
  const saying = acknowledgement.say()
  said[0]?.heard.resolve(false)
  await saying
  expect(acknowledgement.isDue).toBe(true)
  acknowledgement.say()
  expect(states()).toEqual(['stopped 3', 'stopped 3'])
})

it('[AG2] paused again after a resume that was never seen, it is said again', () => {
  const { acknowledgement, said } = told()
  acknowledgement.enforced(3, 'paused', true)
  acknowledgement.enforced(3, 'paused', false)
  acknowledgement.enforced(4, 'paused', false)
  expect(said).toHaveLength(0)
  acknowledgement.enforced(5, 'paused', true)
  acknowledgement.say()
  expect(said.map(({ seq }) => seq)).toEqual([5])
})
