import { expect, it } from 'vitest'
import { hasNoRun } from './agent-standing.ts'

const stopped = { state: 'stopped', locked: false } as const

it.each([
  [stopped, true],
  [{ ...stopped, control: { acknowledged: { at: 1 } } }, true],
  [{ ...stopped, control: { enforced: { at: 1 } } }, true],
  // its process may act yet
  [{ ...stopped, control: {} }, false],
  [{ ...stopped, locked: true }, false],
  [{ ...stopped, locked: true, control: { enforced: { at: 1 } } }, false],
  [{ state: 'paused', locked: false } as const, false],
])('[AG2] %j has no run that anybody could stop: %j', (agent, has) => expect(hasNoRun(agent)).toBe(has))
