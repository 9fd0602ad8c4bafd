import { expect, it } from 'vitest'
import { toldApart } from './told-apart.ts'
import { width } from './width.ts'

const patch = (id: string) =>
  `{"body":{"stage":"won"},"method":"PATCH","url":"https://crm.example.org/v2/contacts/${id}"}`

it('shows what begins alike from shortly before where it differs, and everything else from its beginning', () => {
  const shown = toldApart([patch('7'), patch('8'), '{"path":"a"}', patch('7')], 40)
  expect(shown).toEqual([
    `…${patch('7').slice(-39)}`,
    `…${patch('8').slice(-39)}`,
    '{"path":"a"}',
    `…${patch('7').slice(-39)}`,
  ])
  expect(toldApart([patch('7'), patch('7')], 40)).toEqual([
    `${patch('7').slice(0, 39)}…`,
    `${patch('7').slice(0, 39)}…`,
  ])
})

it('cuts at both ends where more follows, keeps letters whole, and is never wider', () => {
  const long = (what: string) => `{"text":"${'x'.repeat(80)}👩‍👩‍👧${what}${'y'.repeat(80)}"}`
  const [one = '', other = ''] = toldApart([long('A'), long('B')], 24)
  expect([one, other]).toEqual([expect.stringMatching(/^….*A.*…$/), expect.stringMatching(/^….*B.*…$/)])
  for (const columns of [8, 24, 60])
    for (const text of toldApart([long('A'), long('B'), long('A👩‍👩‍👧')], columns)) {
      expect(width(text)).toBeLessThanOrEqual(columns)
      expect(text).not.toMatch(/^…[\u200D\u{1F467}]/u)
    }
})
