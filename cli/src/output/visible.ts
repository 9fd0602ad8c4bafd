import { piecesOf } from '@holdpoint/shared'

/** The text on one line, each treacherous character shown as `⟨U+202E⟩`, and each letter that pretends followed by it. */
export const visible = (text: string): string =>
  piecesOf(text)
    .map(({ text: part, mark }) => {
      if (mark === undefined || mark.kind === 'space') return part
      if (mark.kind === 'break') return '⟨U+000A⟩'
      return mark.kind === 'twin' ? `${part}⟨${mark.label}⟩` : `⟨${mark.label}⟩`
    })
    .join('')

/** As `visible`, but keeps line breaks. */
export const visibleLines = (text: string): readonly string[] => text.split('\n').map(visible)
