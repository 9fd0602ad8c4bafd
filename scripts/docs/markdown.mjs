/** What may stand in a table's cell. */
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A table, or nothing where there are no rows. */
export function table(headings, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

export const code = (text) => `\`${text}\``

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
  { name: 'ms', ms: 1 },
]

/** A duration in its largest whole unit. Unit: ms. */
export function duration(ms) {
  const unit = UNITS.find((one) => ms % one.ms === 0)
  return `${ms / unit.ms} ${unit.name}`
}

export const list = (items) => (items.length === 0 ? '–' : items.map(code).join(', '))
