/** A part of a drawn line of JSON. `key`, `string`: what an agent wrote, to be revealed before it is drawn. */
export interface Token {
  readonly kind: 'punctuation' | 'key' | 'string' | 'number' | 'word'
  readonly text: string
}

export interface JsonLine {
  readonly depth: number
  readonly tokens: readonly Token[]
}

/** Its own quotes and backslashes; what is invisible is named where it is drawn. */
const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&')

const mark = (text: string): Token => ({ kind: 'punctuation', text })

/**
 * A value as indented lines, every key and every character of it. Of a text only what would be taken for its end is
 * escaped, as JSON does it: what a reader sees between two quotes is one text. Depth is 64 at most (AP10).
 */
export function jsonLines(value: unknown): readonly JsonLine[] {
  const lines: JsonLine[] = []
  draw(value, 0, [], [], lines)
  return lines
}

function draw(
  value: unknown,
  depth: number,
  before: readonly Token[],
  after: readonly Token[],
  lines: JsonLine[],
): void {
  if (typeof value !== 'object' || value === null) {
    lines.push({ depth, tokens: [...before, ...scalar(value), ...after] })
    return
  }
  const isList = Array.isArray(value)
  const entries: readonly (readonly [string | undefined, unknown])[] = isList
    ? value.map((one) => [undefined, one] as const)
    : Object.entries(value)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    lines.push({ depth, tokens: [...before, mark(`${open}${close}`), ...after] })
    return
  }
  lines.push({ depth, tokens: [...before, mark(open)] })
  entries.forEach(([key, one], at) => {
    const label: readonly Token[] =
      key === undefined ? [] : [mark('"'), { kind: 'key', text: escaped(key) }, mark('": ')]
    draw(one, depth + 1, label, at < entries.length - 1 ? [mark(',')] : [], lines)
  })
  lines.push({ depth, tokens: [mark(close), ...after] })
}

function scalar(value: unknown): readonly Token[] {
  if (typeof value === 'string') return [mark('"'), { kind: 'string', text: escaped(value) }, mark('"')]
  return [{ kind: typeof value === 'number' ? 'number' : 'word', text: JSON.stringify(value) }]
}
