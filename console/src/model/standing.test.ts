import type { AgentView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { standing } from './standing.ts'

const run = { id: 'r', epoch: '1.1', startedAt: '2026-01-31T12:00:00.000Z' }

it.each([
  [{ state: 'running', run, connected: true }, 'running'],
  [{ state: 'running', run, connected: false }, 'unreachable'],
  // it said goodbye: nothing is wrong with the network
  [{ state: 'running', run: { ...run, left: true }, connected: false }, 'left its run'],
  [{ state: 'stopped', connected: false }, 'no run'],
  [{ state: 'stopped', connected: false, orders: ['o'] }, 'no run, held by order'],
])('[AG2] %j is told as %s', (view, words) =>
  expect(standing({ locked: false, orders: [], ...view } as unknown as AgentView).words).toBe(words),
)
