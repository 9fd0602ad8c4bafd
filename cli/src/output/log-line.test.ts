import pc from 'picocolors'
import { expect, it } from 'vitest'
import { prettyLogLine } from './log-line.ts'

const plain = pc.createColors(false)

it('says a line of the log for people, and obeys nothing in it', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).getTime()
  const line = JSON.stringify({ level: 40, time, node: 'n', msg: 'a \u001b[2J', agent: 'x', count: 2 })
  expect(prettyLogLine(`${line}\n`, plain)).toBe('03:04:05 warn  a ⟨U+001B⟩[2J agent=x count=2')
})

it('passes on what is no JSON', () => {
  expect(prettyLogLine('plain\n', plain)).toBe('plain')
})
