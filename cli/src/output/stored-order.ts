/** Letters and digits that are written from right to left: Hebrew, Arabic, Syriac, N'Ko and the others of those blocks. */
const TURNING = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]+/gu
/** After such letters, the first that decides where what follows is drawn: a letter from left to right holds it in place. */
const DECIDES = /[\p{L}\p{Nd}]/u
const HOLDS = /\p{L}/u
/** A letter from left to right, and named like everything else that is not the text's own. */
const ANCHOR = '⟨R⟩'

/**
 * The text so that a terminal that draws from right to left draws its words and numbers in the order in which they are
 * stored: "א 1 ב 2" would be drawn as "2 ב 1 א", and who releases it would have read another order.
 */
export function inStoredOrder(text: string): string {
  const runs = [...text.matchAll(TURNING)]
  if (runs.length === 0) return text
  let drawn = text.slice(0, runs[0]?.index)
  runs.forEach((run, n) => {
    const next = runs[n + 1]
    const between = text.slice(run.index + run[0].length, next?.index)
    const [decides] = DECIDES.exec(between) ?? []
    const stays = decides === undefined ? next === undefined : HOLDS.test(decides)
    drawn += `${run[0]}${stays ? '' : ANCHOR}${between}`
  })
  return drawn
}
