import { expect, it } from 'vitest'
import { argsBeginning } from './details.ts'

const canonical = (args: unknown) => JSON.stringify({ action: 'pay', args })

it('shows the arguments of a line whole, and only the beginning of what no line has room for', () => {
  expect(argsBeginning(canonical({ to: 'an\u202Ea' }))).toBe('{"to":"an⟨U+202E⟩a"}')
  for (const before of ['', 'x']) {
    const shown = argsBeginning(canonical({ a: before + '東🙂'.repeat(16_000) }))
    expect(shown).toMatch(/^\{"a":"x?(東🙂)+東?…$/)
    expect(shown.length).toBeLessThan(5_000)
  }
})
