/** What spreadsheets begin to compute at: also after white space, and in full width, as some of them read it. */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/

/** A line of CSV (RFC 4180), with its end. What a spreadsheet would take for a formula is marked as text: an agent wrote it. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
