import { piecesOf } from '@holdpoint/shared'
import { inStoredOrder } from './stored-order.ts'

/**
 * The text on one line and in its stored order, each treacherous character shown as `⟨U+202E⟩`, and each letter that pretends
 * followed by it.
 */
export const visible = (text: string): string =>
  inStoredOrder(
    piecesOf(text)
      .map(({ text: part, mark }) => {
        if (mark === undefined || mark.kind === 'space') return part
        if (mark.kind === 'break') return '⟨U+000A⟩'
        return mark.kind === 'twin' ? `${part}⟨${mark.label}⟩` : `⟨${mark.label}⟩`
      })
      .join(''),
  )

/** As `visible`, but keeps line breaks. */
export const visibleLines = (text: string): readonly string[] => text.split('\n').map(visible)
