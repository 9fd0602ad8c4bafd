import type { TicketView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { ticketsTable } from './tickets-table.ts'
import { width } from './width.ts'

const NOW = Date.UTC(2026, 0, 1)
const ticket = (over: Partial<TicketView>) =>
  ({
    id: '0198c1f2-7a3b-7c4d-8e5f-0123456789ab',
    kind: 'question',
    agent: 'a-folder-agent-with-a-name',
    reason: 'question',
    priority: 3,
    status: 'open',
    expiresAt: new Date(NOW + 60_000).toISOString(),
    ...over,
  }) as TicketView
const all = [
  ticket({ question: 'By name or by date?', choices: ['name', 'date'] }),
  ticket({ kind: 'ticket', reason: 'anomaly' }),
]

it('[ES5] shows what is asked on a terminal of any width, and nothing wider than it', () => {
  expect(ticketsTable(all, NOW, undefined)).toContain('question  -     “By name or by date?” (name | date)\n')
  for (const columns of [48, 60, 80]) {
    const lines = ticketsTable(all, NOW, columns).split('\n')
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns)
    expect(lines).toHaveLength(4)
    expect(lines[2]).toBe('    “By name or by date?” (name | date)')
    expect(lines[3]).toMatch(/ anomaly/)
  }
})
