import { cut } from './fit-widths.ts'

/** So much of what is alike stands before what differs. Unit: UTF-16 code units. */
const LEAD = 12

const letters = new Intl.Segmenter()

/**
 * Each text cut to so many columns. Those that would be the same then, though they are not, begin shortly before what tells them
 * apart: of lines that look alike nobody knows which one they decide on.
 */
export function toldApart(all: readonly string[], columns: number): readonly string[] {
  const short = all.map((one) => cut(one, columns))
  const alike = new Map<string, Set<string>>()
  for (const [at, one] of all.entries()) {
    const shown = short[at] ?? ''
    alike.set(shown, (alike.get(shown) ?? new Set()).add(one))
  }
  return all.map((one, at) => {
    const shown = short[at] ?? ''
    const others = [...(alike.get(shown) ?? [])].filter((other) => other !== one)
    return others.length === 0 ? shown : fromDifference(one, others, columns)
  })
}

function fromDifference(text: string, others: readonly string[], columns: number): string {
  const differsAt = others.reduce((most, other) => Math.max(most, commonStart(text, other)), 0)
  const from = Math.max(0, Math.min(differsAt - LEAD, text.length - columns + 1))
  // a letter is not shown in halves
  const start = letters.segment(text).containing(from)?.index ?? 0
  return start === 0 ? cut(text, columns) : cut(`…${text.slice(start)}`, columns)
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
