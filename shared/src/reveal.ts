/**
 * What an agent wrote must not steer the reader's terminal, page or eyes: escape sequences, control characters,
 * bidirectional overrides, zero-width and private-use characters, odd spaces and lone surrogates, the invisible
 * letters and selectors that carry no category of their own, marks piled upon marks, skin tones of nothing (what is drawn
 * as a letter is measured as none), and what stands where something could not be decoded.
 */
const TREACHEROUS =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cs}|\p{Cn}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|[\u2800\uFFFC\uFFFD]|(?<!\p{Emoji_Modifier_Base})[\u{1F3FB}-\u{1F3FF}]|(?! )\p{Zs}|(?<=\p{M}\p{M})\p{M}|^\p{M}/gu

/** A part of a text: as it is, or one character that a reader would not see, or would see in another's place. */
export interface Revealed {
  readonly text: string
  /** Of a treacherous character: its name, `U+202E`. */
  readonly code?: string
}

/** Splits a text so that nothing in it stays hidden; the parts' texts joined are the text. */
export function reveal(text: string): readonly Revealed[] {
  const parts: Revealed[] = []
  let at = 0
  // not matchAll: that compiles its own copy of these large classes at every call
  TREACHEROUS.lastIndex = 0
  for (let found = TREACHEROUS.exec(text); found; found = TREACHEROUS.exec(text)) {
    const { 0: character, index } = found
    if (index > at) parts.push({ text: text.slice(at, index) })
    parts.push({ text: character, code: codeOf(character) })
    at = index + character.length
  }
  if (at < text.length) parts.push({ text: text.slice(at) })
  return parts
}

function codeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `U+${hex}`
}
