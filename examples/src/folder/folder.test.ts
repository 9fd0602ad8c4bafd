import { describe, expect, it } from 'vitest'
import { plan } from './plan.ts'
import { writeReport } from './report.ts'
import { createSkips } from './skips.ts'

const file = (path: string, ageDays: number, bytes = 10) => ({ path, ageDays, bytes })

describe('the scripted planner', () => {
  it('reads everything but its own reports, then deletes what is stale, oldest first', () => {
    const files = [file('a.log', 400), file('b.log', 900), file('c.md', 1), file('reports/old.md', 900)]
    expect(plan(files, 365)).toEqual([
      { kind: 'read', path: 'a.log' },
      { kind: 'read', path: 'b.log' },
      { kind: 'read', path: 'c.md' },
      { kind: 'delete', file: files[1] },
      { kind: 'delete', file: files[0] },
    ])
  })
})

describe('instructions', () => {
  it('[IN2] follows "skip" and leaves the files alone', () => {
    const skips = createSkips()
    expect(skips.follow('Skip *.log')).toMatch(/leave \*\.log alone/)
    expect(skips.has('old/2019.log')).toBe(true)
    expect(skips.has('notes.md')).toBe(false)
  })

  it.each([
    ['old/*', 'old/a.txt', true],
    ['*', 'anything', true],
    ['notes.md', 'docs/notes.md', true],
    ['a*b*c', 'a-b-c', true],
    ['a*a', 'a', false],
    ['*.log', 'log', false],
  ])('%s for %s', (pattern, path, skipped) => {
    const skips = createSkips()
    skips.follow(`skip ${pattern}`)
    expect(skips.has(path)).toBe(skipped)
  })

  it('[IN2] does not pretend to understand anything else', () => {
    expect(createSkips().follow('be careful')).toBeUndefined()
    expect(createSkips().follow('skip this and that')).toBeUndefined()
  })
})

describe('the report', () => {
  it('says what was deleted, and what was kept and why', () => {
    const report = writeReport(
      [file('a.log', 400), file('b.log', 900), file('c.md', 1)],
      new Map([['c.md', 3]]),
      [
        { path: 'b.log', deleted: true },
        { path: 'a.log', deleted: false, because: 'the audit needs it' },
      ],
      'by age',
    )
    expect(report).toContain('## Deleted\n- b.log')
    expect(report).toContain('- a.log: the audit needs it')
    expect(report).toMatch(/- a\.log: 10 bytes, 400 days.*\n- c\.md: 10 bytes, 1 days old, 3 lines/)
    expect(report).not.toMatch(/b\.log: 10 bytes/)
  })
})
