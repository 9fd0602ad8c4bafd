import { counted } from '../counted.ts'
import { reveal } from '../reveal.ts'
import { isTwinWord, type MixedWord, strangerIn, suspect, twinOf } from './lookalikes.ts'

/** A part of a text as it is drawn: plain, or one character that is named because it hides, orders or pretends. */
export interface Piece {
  readonly text: string
  readonly mark?: {
    readonly kind: 'hidden' | 'twin' | 'space' | 'break'
    /** What stands in its place, or beside it. */
    readonly label: string
    readonly title: string
  }
}

const RUNS = /[\p{L}\p{M}\p{N}_]+|[^\p{L}\p{M}\p{N}_]+/gu
const SPACES = / {2,}|^ +| +$/g

/** Every character of the text, in order; the pieces' texts joined are the text. */
export function piecesOf(text: string): readonly Piece[] {
  const { mixed, twins } = suspect(text)
  const words = new Map(mixed.map((one) => [one.word, one]))
  return reveal(text).flatMap(({ text: part, code }): readonly Piece[] => {
    if (code === 'U+000A') return [{ text: part, mark: { kind: 'break', label: '↵', title: 'line break' } }]
    if (code !== undefined)
      return [{ text: part, mark: { kind: 'hidden', label: code, title: nameOf(part, code) } }]
    const spaced = withSpaces(part)
    return mixed.length > 0 || twins ? spaced.flatMap((piece) => withTwins(piece, words)) : spaced
  })
}

/** The same in characters alone, where nothing but text can be drawn: in the options of a choice. */
export const plainOf = (text: string): string =>
  piecesOf(text)
    .map(({ text: part, mark }) => {
      if (!mark) return part
      if (mark.kind === 'hidden') return `⟨${mark.label}⟩`
      return mark.kind === 'twin' ? `${part}⟨${mark.label}⟩` : mark.label
    })
    .join('')

/** Runs of spaces, and those at the ends, are easily overlooked. */
function withSpaces(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const { 0: run, index } of text.matchAll(SPACES)) {
    if (index > at) pieces.push({ text: text.slice(at, index) })
    pieces.push({
      text: run,
      mark: { kind: 'space', label: '·'.repeat(run.length), title: counted(run.length, 'space') },
    })
    at = index + run.length
  }
  if (at < text.length) pieces.push({ text: text.slice(at) })
  return pieces
}

/** Letters that pretend, in words where they do, and those that stand out in a word of another script. */
function withTwins(piece: Piece, mixedWords: ReadonlyMap<string, MixedWord>): readonly Piece[] {
  if (piece.mark) return [piece]
  const pieces: Piece[] = []
  let plain = ''
  const flush = () => {
    if (plain !== '') pieces.push({ text: plain })
    plain = ''
  }
  for (const run of piece.text.match(RUNS) ?? []) {
    const isWord = /[\p{L}\p{N}_]/u.test(run)
    const mixed = mixedWords.get(run)
    const isSuspicious = !isWord || mixed !== undefined || isTwinWord(run)
    for (const character of run) {
      const twin = isSuspicious ? twinOf(character) : undefined
      const stranger = mixed && strangerIn(mixed, character)
      if (twin === undefined && stranger === undefined) plain += character
      else {
        flush()
        const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
        pieces.push({
          text: character,
          mark: {
            kind: 'twin',
            label: code,
            title:
              twin === undefined
                ? `of ${stranger}, in a word of ${mixed?.main}: ${code}`
                : `looks like "${twin}" and is not: ${code}`,
          },
        })
      }
    }
  }
  flush()
  return pieces
}

const NAMES: Readonly<Record<string, string>> = {
  'U+0000': 'null',
  'U+0007': 'bell',
  'U+0008': 'backspace',
  'U+0009': 'tab',
  'U+000D': 'carriage return',
  'U+001B': 'escape: begins a terminal command',
  'U+007F': 'delete',
  'U+00A0': 'no-break space',
  'U+00AD': 'soft hyphen',
  'U+061C': 'Arabic letter mark',
  'U+200B': 'zero-width space',
  'U+200C': 'zero-width non-joiner',
  'U+200D': 'zero-width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+2028': 'line separator',
  'U+2029': 'paragraph separator',
  'U+202A': 'left-to-right embedding',
  'U+202B': 'right-to-left embedding',
  'U+202C': 'end of a direction',
  'U+202D': 'left-to-right override',
  'U+202E': 'right-to-left override: reverses what follows',
  'U+2060': 'word joiner',
  'U+2066': 'left-to-right isolate',
  'U+2067': 'right-to-left isolate',
  'U+2068': 'first-strong isolate',
  'U+2069': 'end of an isolate',
  'U+FEFF': 'zero-width no-break space',
  'U+FFFC': 'stands for an object that is not here',
  'U+FFFD': 'stands for what could not be decoded',
}

function nameOf(character: string, code: string): string {
  const at = character.codePointAt(0) ?? 0
  if (at >= 0xe0020 && at <= 0xe007e) return `invisible tag "${String.fromCharCode(at - 0xe0000)}" (${code})`
  const name = NAMES[code]
  if (name) return `${name} (${code})`
  if (/\p{Cn}/u.test(character)) return `no character (${code})`
  if (/\p{Co}/u.test(character)) return `private character (${code})`
  if (/\p{M}/u.test(character)) return `combining mark (${code})`
  return `a character that cannot be seen (${code})`
}
