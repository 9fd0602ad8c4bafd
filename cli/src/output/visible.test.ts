import { describe, expect, it } from 'vitest'
import { visible, visibleLines } from './visible.ts'

describe('what an agent wrote', () => {
  it.each([
    ['an ANSI escape', '\u001b[31mred', '⟨U+001B⟩[31mred'],
    ['an 8-bit control sequence', '\u009b2J', '⟨U+009B⟩2J'],
    ['a carriage return', 'rm -rf /\rls', 'rm -rf /⟨U+000D⟩ls'],
    ['a right-to-left override', 'gpj.\u202Eexe', 'gpj.⟨U+202E⟩exe'],
    ['a bidi isolate', '\u2066x\u2069', '⟨U+2066⟩x⟨U+2069⟩'],
    ['a zero-width space', 'a\u200Bb', 'a⟨U+200B⟩b'],
    ['a tag character', 'a\u{E0041}', 'a⟨U+E0041⟩'],
    ['a variation selector', 'a\u{E0101}', 'a⟨U+E0101⟩'],
    ['a Hangul filler', '\u3164', '⟨U+3164⟩'],
    ['a no-break space', 'a\u00A0b', 'a⟨U+00A0⟩b'],
    ['a line break', 'a\nb', 'a⟨U+000A⟩b'],
    ['a lone surrogate', 'a\uD800', 'a⟨U+D800⟩'],
  ])('[AP9] shows %s instead of obeying it', (_, text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it('[AP10] draws numbers after letters from right to left in their stored order', () => {
    expect(visible('\u05D0 1000 \u05D1 5')).toBe('\u05D0⟨R⟩ 1000 \u05D1⟨R⟩ 5')
  })

  it('leaves honest text alone', () => {
    expect(visible('Grüße an 東京 · “quoted” 🙂 {"a": 1}')).toBe('Grüße an 東京 · “quoted” 🙂 {"a": 1}')
  })

  it('keeps line breaks where lines are shown as lines', () => {
    expect(visibleLines('a\n\u001bb')).toEqual(['a', '⟨U+001B⟩b'])
  })
})

it('[AP10] names letters that pretend to be others, and leaves honest text of any script as it is', () => {
  expect(visible('р\u0430ypal.com')).toBe('р⟨U+0440⟩а⟨U+0430⟩ypal.com')
  expect(visible('to: раypal')).toContain('⟨U+0440⟩')
  for (const honest of ['Привет, мир', 'Καλημέρα κόσμε', '東京タワー', 'Ångström  two spaces'])
    expect(visible(honest)).toBe(honest)
})
