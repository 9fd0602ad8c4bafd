import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suspect } from './lookalikes.ts'
import { piecesOf, plainOf } from './pieces.ts'

/** The scripts that are written from right to left (Unicode 15, scripts of the bidirectional classes R and AL). */
const RIGHT_TO_LEFT =
  'Hebrew Arabic Syriac Thaana Nko Samaritan Mandaic Adlam Hanifi_Rohingya Yezidi Mende_Kikakui Imperial_Aramaic Palmyrene Nabataean Hatran Phoenician Lydian Cypriot Meroitic_Hieroglyphs Meroitic_Cursive Kharoshthi Old_South_Arabian Old_North_Arabian Manichaean Avestan Inscriptional_Parthian Inscriptional_Pahlavi Psalter_Pahlavi Old_Turkic Old_Hungarian Old_Sogdian Sogdian Chorasmian Elymaic Old_Uyghur'.split(
    ' ',
  )
const ALL = Array.from({ length: 0x1f000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((letter) => /\p{L}/u.test(letter))

const labels = (text: string) => piecesOf(text).flatMap(({ mark }) => (mark ? [mark.label] : []))

describe('what an agent wrote, as it is drawn', () => {
  it.each([
    ['a right-to-left override', 'gpj.\u202Eexe', ['U+202E']],
    ['an invisible tag', 'a\u{E0041}', ['U+E0041']],
    ['a zero-width space', 'pay\u200Bpal', ['U+200B']],
    ['an escape', '\u001b[31m', ['U+001B']],
    ['a Cyrillic letter in a Latin word', 'p\u0430ypal', ['U+0430']],
    ['a word wholly of twins', '\u0440\u0430\u0443', ['U+0440', 'U+0430', 'U+0443']],
    ['a mathematical letter', '\u{1D5EE}dmin', ['U+1D5EE']],
    ['a slash that is none', 'a.example\u2044b', ['U+2044']],
    ['runs of spaces', 'a   b', ['···']],
    ['marks upon marks', 'a\u0300\u0301\u0302', ['U+0302']],
    ['a skin tone of no emoji', 'a\u{1F3FB}', ['U+1F3FB']],
    ['a skin tone upon another', '\u{1F44D}\u{1F3FD}\u{1F3FF}', ['U+1F3FF']],
    ['a line break', 'a\nb', ['↵']],
    ['what could not be decoded', 'a\uFFFDb', ['U+FFFD']],
    ['a Lisu letter in a Latin word', 'p\uA4EEypal', ['U+A4EE']],
    ['a Coptic letter in a Latin word', 'p\u2C81ypal', ['U+2C81']],
    ['a Tifinagh letter in a Latin word', 'a\u2D54min', ['U+2D54']],
    ['a Canadian letter in a Latin word', 'a\u15EAmin', ['U+15EA']],
    ['a Deseret letter in a Latin word', 'g\u{10404}gle', ['U+10404']],
    ['a Hebrew letter in a Latin word', 'pa\u05D0al', ['U+05D0']],
    ['a Greek letter in a Cyrillic word', '\u0434\u03B1\u0434', ['U+03B1']],
    ['a kana stroke for a slash', '/etc\u30CEpasswd', ['U+30CE']],
  ])('[AP9] names %s', (_, text, expected) => {
    expect(labels(text)).toEqual(expected)
  })

  it.each([
    'Grüße an 東京 · “quoted” 🙂 {"a": 1}',
    'Привет, мир',
    'naïve café',
    'カタカナとABC',
    'サーバーA',
    '한국어와 漢字',
    'क्षत्रिय',
    '3D-печать',
    'done 👍🏽 by 👩🏿',
  ])('leaves honest text alone: %s', (text) => {
    expect(labels(text)).toEqual([])
    expect(suspect(text).mixed).toEqual([])
  })

  it.each(RIGHT_TO_LEFT)('knows that %s is read from right to left', (script) => {
    const letters = new RegExp(`\\p{Script=${script}}`, 'u')
    const missed = ALL.filter((letter) => letters.test(letter) && !suspect(`pay ${letter}`).rightToLeft)
    expect(missed).toEqual([])
  })

  it('[AP10] loses no character of any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) =>
          piecesOf(text)
            .map((piece) => piece.text)
            .join('') === text,
      ),
    )
  })
})

describe('the same where nothing but text can be drawn', () => {
  it.each([
    ['approve', 'approve'],
    ['\u202Eevorppa', '⟨U+202E⟩evorppa'],
    ['yes\u200B', 'yes⟨U+200B⟩'],
    ['p\u0430y', 'p\u0430⟨U+0430⟩y'],
    ['a\nb ', 'a↵b·'],
  ])('[AP9] %j is %j', (text, drawn) => expect(plainOf(text)).toBe(drawn))

  it('[AP9] holds nothing that hides or reorders, whatever was written', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(piecesOf(plainOf(text)).some(({ mark }) => mark?.kind === 'hidden')).toBe(false)
      }),
    ))
})
