import { reveal } from '@holdpoint/shared'

/** The text on one line, each treacherous character shown as `⟨U+202E⟩`. */
export const visible = (text: string): string =>
  reveal(text)
    .map((part) => (part.code === undefined ? part.text : `⟨${part.code}⟩`))
    .join('')

/** As `visible`, but keeps line breaks. */
export const visibleLines = (text: string): readonly string[] => text.split('\n').map(visible)
