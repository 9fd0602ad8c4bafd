import { width } from './width.ts'

/** Between two columns of a table. */
export const GAP = 2
/** A column that would be narrower than this says nothing any more, and is left out. */
const LEAST = 6
/** What piles up more in a column is no writing; and without a bound, text of no width would be kept whole. Unit: UTF-16 code units. */
export const UNITS_A_COLUMN = 16

const letters = new Intl.Segmenter()

/**
 * The widths of columns that fit into `within`. `shorten` names those that may give way, the least important first: each
 * is made narrower before the next, and left out (0) where that does not do.
 */
export function fitWidths(
  widths: readonly number[],
  within: number,
  shorten: readonly number[],
): readonly number[] {
  const fitted = [...widths]
  const over = () => {
    const shown = fitted.filter((one) => one > 0)
    return shown.reduce((sum, one) => sum + one, (shown.length - 1) * GAP) - within
  }
  for (const column of shorten) {
    if (over() <= 0) break
    const left = (fitted[column] ?? 0) - over()
    fitted[column] = left >= LEAST ? left : 0
  }
  return fitted
}

/** Text without control sequences in so many columns, with an ellipsis where it is cut. */
export function cut(text: string, columns: number): string {
  const most = columns * UNITS_A_COLUMN
  if (text.length <= most && width(text) <= columns) return text
  let kept = ''
  let taken = 0
  // a letter that goes on behind this is too long in any case, and each of a long text takes longer to come by
  for (const { segment } of letters.segment(text.slice(0, most + 1))) {
    taken += segment.length > most ? columns : width(segment)
    if (taken > columns - 1 || kept.length + segment.length > most) break
    kept += segment
  }
  return `${kept}…`
}
