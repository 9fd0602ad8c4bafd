import type { AgentView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { agentStanding } from './agent-standing.ts'

const NOW = '2026-01-31T12:00:00.000Z'
const run = { id: 'r', epoch: '1.1', startedAt: NOW }

it.each([
  // completed by itself: nobody stopped it
  [{ state: 'stopped', locked: false }, 'no run'],
  [{ state: 'stopped', locked: false, orders: ['o'] }, 'no run, held by order'],
  [{ state: 'stopped', locked: true, control: { enforced: { at: NOW } } }, 'stopped, locked'],
  [{ state: 'stopped', locked: true, control: {}, run, connected: true }, 'stopping'],
  [{ state: 'running', run, connected: true }, 'running'],
  [{ state: 'running', run: { ...run, left: true }, connected: false }, 'running, left'],
  [{ state: 'paused', control: {}, run, connected: false }, 'pausing, unreachable'],
])('[AG2] %j is told as %s', (view, words) =>
  expect(
    agentStanding({ locked: false, connected: false, orders: [], ...view } as unknown as AgentView),
  ).toBe(words),
)
