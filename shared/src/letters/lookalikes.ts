import { scriptsOf } from './scripts.ts'

/** Letters of other scripts, and signs, that most fonts draw like ASCII. After Unicode's confusables (UTS 39), by hand. */
const TWINS: Readonly<Record<string, string>> = {
  // Cyrillic
  ...pairs('аaсcеeоoрpхxуyіiјjѕsԁdһhӏlԛqԝwѵvґrкkпnтtмmвbнhгrьb'),
  ...pairs('АAВBЕEКKМMНHОOРPСCТTУYХXЅSІIЈJԌGԚQԜWЗ3б6'),
  // Greek
  ...pairs('αaοoνvρpκkιiτtυuχxγyηnωwσo'),
  ...pairs('ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX'),
  // Armenian, Cherokee, Latin's own
  ...pairs('օoսuհhցgոnյjզqՕOՍUᎪAᏴBᏟCᎠDᎬEᏀGᎻHᎥiᎫJᏦKᏞLᎷMᏢPᎡRᏚSᎢTᏙVᎳWᏃZıiɑaɡgɩiʟlꞁlⅼlǃ!ſf'),
  // Lisu, and the strokes of kana and Han that pass for signs
  ...pairs('ꓮAꓐBꓚCꓓDꓰEꓝFꓖGꓧHꓲIꓙJꓗKꓡLꓟMꓠNꓳOꓑPꓣRꓢSꓔTꓴUꓦVꓪWꓫXꓬYꓜZノ/〳/丿/ー-'),
  // signs that end, split or continue an address or a path
  ...pairs("∕/⁄/⧸/／/։:꞉:∶:ː:․.‐-‑-−-﹣-٠.‚,⸴,ʼ'ˈ'＇'❘|∣|ǀ|＼\\∖\\"),
}

function pairs(text: string): Record<string, string> {
  const all = [...text]
  const table: Record<string, string> = {}
  for (let at = 0; at + 1 < all.length; at += 2) table[all[at] as string] = all[at + 1] as string
  return table
}

/** Styled alphabets that Unicode itself says stand for ASCII: full-width, mathematical, circled. */
const STYLED = /[\u{1D400}-\u{1D7FF}\uFF01-\uFF5E\u2100-\u214F\u2160-\u217F\u24B6-\u24E9\u{1F110}-\u{1F189}]/u

/** The ASCII text that this character could be taken for, if any. */
export function twinOf(character: string): string | undefined {
  if (character <= '\u007F') return undefined
  const twin = TWINS[character]
  if (twin !== undefined) return twin
  if (!STYLED.test(character)) return undefined
  const plain = character.normalize('NFKC')
  return /^[\u0020-\u007E]+$/.test(plain) ? plain : undefined
}

/** Letters of these stand side by side in honest text (UTS 39, highly restrictive), also beside Latin ones. */
const CJK = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo']

/** What is suspicious about a text's letters. */
export interface Suspicion {
  /** Words of several scripts, which nobody writes: `раypal`. */
  readonly mixed: readonly MixedWord[]
  /** Whether it holds characters that could be taken for ASCII in what is otherwise ASCII. */
  readonly twins: boolean
  /** Whether it holds letters that are read from right to left. */
  readonly rightToLeft: boolean
}

export interface MixedWord {
  readonly word: string
  /** The one that most would take the word to be of: Latin where there is any, else the first. */
  readonly main: string
  readonly scripts: readonly string[]
}

/** Every block of Unicode whose letters are read from right to left, whatever script they are of. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u
const WORDS = /[\p{L}\p{M}\p{N}_]+/gu

export const isRightToLeft = (text: string): boolean => RIGHT_TO_LEFT.test(text)

/** Looks at a text's letters; cheap for ASCII. */
export function suspect(text: string): Suspicion {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins there
  if (/^[\u0000-\u007F]*$/.test(text)) return { mixed: [], twins: false, rightToLeft: false }
  const mixed = (text.match(WORDS) ?? []).flatMap((word) => mixOf(word) ?? [])
  return { mixed, twins: suspiciousTwins(text), rightToLeft: isRightToLeft(text) }
}

/** UTS 39: a word is mixed where no script has all of its letters; a letter may be of several. */
function mixOf(word: string): MixedWord | undefined {
  let common: readonly string[] | undefined
  const found = new Set<string>()
  for (const character of word) {
    const own = scriptsOf(character).map((name) => (CJK.includes(name) ? 'CJK' : name))
    if (own.length === 0) continue
    common = common ? common.filter((name) => own.includes(name)) : own
    for (const name of own.slice(0, 1)) found.add(name)
  }
  if (common === undefined || common.length > 0) return undefined
  const scripts = [...found]
  const main = found.has('Latin') ? 'Latin' : (scripts[0] ?? '')
  return scripts.every((name) => name === 'Latin' || name === 'CJK') ? undefined : { word, main, scripts }
}

/** The script of a letter that stands out in a mixed word. */
export function strangerIn({ main }: MixedWord, character: string): string | undefined {
  const own = scriptsOf(character)
  return own.length === 0 || own.includes(main) ? undefined : own[0]
}

/** Cyrillic or Greek among its own is text; one that is drawn wholly as ASCII could be, is not. */
function suspiciousTwins(text: string): boolean {
  for (const word of text.match(WORDS) ?? []) if (isTwinWord(word)) return true
  return [...text].some((character) => !/\p{L}|\p{N}/u.test(character) && twinOf(character) !== undefined)
}

/** Every letter of the word is ASCII or could be taken for it, and at least one is not ASCII. */
export function isTwinWord(word: string): boolean {
  let twins = 0
  for (const character of word) {
    if (character <= '\u007F') continue
    if (twinOf(character) === undefined) return false
    twins += 1
  }
  return twins > 0
}
