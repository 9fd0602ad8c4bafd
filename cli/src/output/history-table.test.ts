import { expect, it } from 'vitest'
import { historyTable } from './history-table.ts'
import { width } from './width.ts'

const row = {
  time: '12:00:00',
  what: 'approval.denied',
  id: '456789ab',
  agent: 'folder-agent',
  by: 'ana',
  details: 'delete_file · The audit still needs this file, and the one beside it',
}
const rows = [row, { ...row, what: 'run.started', id: '-', by: '', details: '' }]

it('keeps one line for each event where nobody has to read it within a width', () => {
  expect(historyTable(rows, undefined).split('\n')).toHaveLength(3)
})

it('folds details within their column', () => {
  expect(historyTable(rows, 90)).toBe(
    `
TIME      WHAT             ID        AGENT         BY   DETAILS
12:00:00  approval.denied  456789ab  folder-agent  ana  delete_file · The audit still
                                                        needs this file, and the one
                                                        beside it
12:00:00  run.started      -         folder-agent`.trimStart(),
  )
})

it('and below their row where that would be too narrow, with who did it', () => {
  expect(historyTable(rows, 60)).toBe(
    `
TIME      WHAT             ID        AGENT
12:00:00  approval.denied  456789ab  folder-agent
    by ana · delete_file · The audit still needs this file,
    and the one beside it
12:00:00  run.started      -         folder-agent`.trimStart(),
  )
})

it.each([40, 50, 60, 80, 100, 200])('fits into %d columns, and leaves no detail out', (within) => {
  const shown = historyTable(rows, within)
  expect(Math.max(...shown.split('\n').map(width))).toBeLessThanOrEqual(within)
  for (const word of row.details.split(' ')) expect(shown).toContain(word)
  expect(shown).toContain('ana')
  expect(shown).toContain('folder-agent')
})
