import { stripVTControlCharacters } from 'node:util'

/** East Asian wide and fullwidth letters and pictographs take two columns of a terminal (UAX #11, roughly). */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/gu

/** How many columns the text takes. */
export function width(text: string): number {
  const plain = stripVTControlCharacters(text).replace(/\p{M}/gu, '')
  return [...plain].length + (plain.match(WIDE)?.length ?? 0)
}
