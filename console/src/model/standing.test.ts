import type { AgentView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { standing } from './standing.ts'

const run = { id: 'r', epoch: '1.1', startedAt: '2026-01-31T12:00:00.000Z' }

it.each([
  [{ state: 'running', run, connected: true }, 'running', 'running'],
  [{ state: 'running', run, connected: false }, 'unreachable', 'unreachable'],
  // it said goodbye: nothing is wrong with the network
  [{ state: 'running', run: { ...run, left: true }, connected: false }, 'left its run', 'left'],
  [{ state: 'stopped', connected: false }, 'no run', 'idle'],
  [{ state: 'stopped', connected: false, orders: ['o'] }, 'no run, held by order', 'idle'],
])('[AG2] %j is told as %s, counted as %s', (view, words, tone) =>
  expect(standing({ locked: false, orders: [], ...view } as unknown as AgentView)).toEqual({ words, tone }),
)
