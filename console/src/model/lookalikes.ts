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

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Georgian', /\p{Script=Georgian}/u],
  ['Devanagari', /\p{Script=Devanagari}/u],
  ['Thai', /\p{Script=Thai}/u],
  ['CJK', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u],
]

/** The scripts of a word's letters, in the order in which they first come. */
function scriptsOf(word: string): readonly string[] {
  const found = new Set<string>()
  for (const character of word)
    for (const [name, letters] of SCRIPTS) if (letters.test(character)) found.add(name)
  return [...found]
}

/** What is suspicious about a text's letters. */
export interface Suspicion {
  /** Words of several scripts, which nobody writes: `раypal`. */
  readonly mixed: readonly { readonly word: string; readonly scripts: readonly string[] }[]
  /** Whether it holds characters that could be taken for ASCII in what is otherwise ASCII. */
  readonly twins: boolean
  /** Whether it holds letters that are read from right to left. */
  readonly rightToLeft: boolean
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const WORDS = /[\p{L}\p{M}\p{N}_]+/gu

export const isRightToLeft = (text: string): boolean => RIGHT_TO_LEFT.test(text)

/** Looks at a text's letters; cheap for ASCII. */
export function suspect(text: string): Suspicion {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins there
  if (/^[\u0000-\u007F]*$/.test(text)) return { mixed: [], twins: false, rightToLeft: false }
  const mixed: Suspicion['mixed'][number][] = []
  for (const word of text.match(WORDS) ?? []) {
    const scripts = scriptsOf(word)
    // Latin and CJK stand side by side in honest text
    if (scripts.length > 1 && !(scripts.length === 2 && scripts.includes('CJK') && scripts.includes('Latin')))
      mixed.push({ word, scripts })
  }
  return { mixed, twins: suspiciousTwins(text), rightToLeft: isRightToLeft(text) }
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
