import { cpuUsage } from 'node:process'
import { expect, it } from 'vitest'
import { toldApart } from './told-apart.ts'
import { visible } from './visible.ts'
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

it('tells wide writing apart, by the columns that it takes', () => {
  const long = (what: string) => `{"備考":"${'漢'.repeat(90)}${what}${'字'.repeat(90)}"}`
  for (const columns of [8, 24, 60]) {
    const shown = toldApart([long('甲'), long('乙'), long('丙')], columns)
    for (const [at, what] of ['甲', '乙', '丙'].entries())
      expect(shown[at]).toMatch(new RegExp(`^…漢+${what}.*…$`))
    for (const text of shown) expect(width(text)).toBeLessThanOrEqual(columns)
  }
  const end = (what: string) => `${'漢'.repeat(90)}${what}`
  expect(toldApart([end('甲'), end('乙')], 25)).toEqual([`…${'漢'.repeat(11)}甲`, `…${'漢'.repeat(11)}乙`])
})

it('tells apart those that would look alike again where each begins shortly before its own difference', () => {
  const x = 'x'.repeat(100)
  const all = [`${x}1${x}1${x}`, `${x}2${x}1`, `${x}1${x}2${x}`]
  for (const columns of [8, 24, 60]) expect(new Set(toldApart(all, columns)).size).toBe(3)
})

/** Of the processor, ms: what else the machine does is no part of it. */
function spentMs(): number {
  const { user, system } = cpuUsage()
  return (user + system) / 1_000
}

it('[AP10] takes no longer for each of many than for each of few, however much an agent made alike', () => {
  const begin = visible(`{"to":"a${'\u200B'.repeat(4_096)}`)
  const rows = (count: number) => Array.from({ length: count }, (_, at) => `${begin}${at}"}`)
  const time = (all: readonly string[]) => {
    const since = spentMs()
    const shown = toldApart(all, 60)
    const took = spentMs() - since
    expect(new Set(shown).size).toBe(all.length)
    return took
  }
  time(rows(50))
  const [few, many] = [time(rows(50)), time(rows(500))]
  // ten times as many; a hundred times as long where each is compared with each
  expect(many).toBeLessThan(Math.max(40 * few, 1_000))
})
