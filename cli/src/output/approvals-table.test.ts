import { expect, it } from 'vitest'
import { approvalsTable } from './approvals-table.ts'

const args = `{"text":"${'x'.repeat(80)}","to":"ana"}`
const about = (action: string, hex: string) => ({ action, digest: `sha256:${hex.padEnd(64, '0')}` as const })
const rows = [
  {
    cells: ['3244e5fe', '59m 57s', 'review', 'clerk', 'send_email'],
    args,
    ...about('send_email', 'aa'),
    words: 'says “Hello”',
  },
  {
    cells: ['9d8b923c', '23h 59m', 'required_2fa', 'clerk', 'payment'],
    args: '{"to":"ACME"}',
    ...about('payment', 'bb'),
    words: '',
  },
]
const HEADINGS = ['ID', 'LEFT', 'LEVEL', 'AGENT', 'ACTION']

it('lists the arguments beside what they are of, in short, and the words behind them', () => {
  const short = `{"text":"${'x'.repeat(50)}…`
  expect(approvalsTable(HEADINGS, rows, undefined).split('\n')).toEqual([
    `ID        LEFT     LEVEL         AGENT  ACTION      ARGUMENTS${' '.repeat(53)}THE AGENT'S WORDS`,
    `3244e5fe  59m 57s  review        clerk  send_email  ${short}  says “Hello”`,
    '9d8b923c  23h 59m  required_2fa  clerk  payment     {"to":"ACME"}',
  ])
  expect(approvalsTable(HEADINGS, rows, 200)).toBe(approvalsTable(HEADINGS, rows, undefined))
})

it('lists them below where the terminal is too narrow, and nothing wider than it', () => {
  for (const columns of [60, 80, 100]) {
    const lines = approvalsTable(HEADINGS, rows, columns).split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[2]).toMatch(/^ {10}\{"text":"x+…/)
    expect(lines[4]).toBe('          {"to":"ACME"}')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
  }
  expect(approvalsTable(HEADINGS, rows, 100)).toContain('…  says “Hello”')
})

it('[AP10] begins lines with their digests that would read the same though they would run something else', () => {
  const long = (id: string, hex: string) => ({
    cells: [id, '1h', 'review', 'clerk', 'send_email'],
    args: `{"text":"${'x'.repeat(4_096)}…`,
    ...about('send_email', hex),
    words: '',
  })
  const all = [long('a', 'aa11'), long('b', 'bb22'), ...rows.slice(1)]
  for (const columns of [undefined, 60, 80]) {
    const lines = approvalsTable(HEADINGS, all, columns)
    expect(lines).toMatch(/#aa110000 .*x+…/)
    expect(lines).toMatch(/#bb220000 .*x+…/)
    expect(lines.match(/#/g)).toHaveLength(2)
    if (columns) for (const line of lines.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  }
})
