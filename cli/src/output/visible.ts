/**
 * What an agent wrote must not steer the reader's terminal or eyes: escape sequences, control characters,
 * bidirectional overrides, zero-width and private-use characters, odd spaces and lone surrogates, and the
 * invisible letters and selectors that carry no category of their own.
 */
const TREACHEROUS =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|\u2800|(?! )\p{Zs}/gu

/** The text on one line, each treacherous character shown as `⟨U+202E⟩`. */
export const visible = (text: string): string => text.replace(TREACHEROUS, named)

/** As `visible`, but keeps line breaks. */
export const visibleLines = (text: string): readonly string[] => text.split('\n').map(visible)

function named(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `⟨U+${hex}⟩`
}
