import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
} from 'yaml'

/** A mistake in a file, where it stands. `line` and `column` from 1. */
export interface Located {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
  /** The name of the rule that it is in. */
  readonly rule?: string | undefined
}

/** What a schema says of a document's parts. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** In an expression: the character, from 0. */
  readonly offset?: number | undefined
  readonly atKey?: boolean | undefined
  readonly rule?: string | undefined
}

/** Finds in the text where a problem is: at the value, at its key, or where what should hold it begins. */
export function locate(document: Document, lines: LineCounter, text: string, problem: Problem): Located {
  const offset = offsetOf(document, text, problem)
  const { line, col } = lines.linePos(offset)
  const { path, message, rule } = problem
  return { line, column: col, path: path.join('.'), message, ...(rule !== undefined && { rule }) }
}

function offsetOf(document: Document, text: string, { path, offset, atKey }: Problem): number {
  let at: unknown = document.contents
  let found = start(at) ?? 0
  for (const [depth, step] of path.entries()) {
    if (!isCollection(at)) return found
    const pair = isMap(at)
      ? at.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined
    if (isPair(pair)) found = start(pair.key) ?? found
    const next: unknown = pair ? pair.value : at.get(step, true)
    if (!isNode(next)) return found
    // an item of a list has no key; a value that is wrong in itself is shown rather than its key
    if (!pair || (depth === path.length - 1 && isScalar(next) && !atKey)) found = start(next) ?? found
    at = next
  }
  return offset === undefined || !isScalar(at) ? found : within(at, text, found, offset)
}

const start = (node: unknown): number | undefined => (isNode(node) ? (node as Node).range?.[0] : undefined)

/** Inside a scalar: exact where the text stands as it is written, else where the scalar begins. */
function within(
  scalar: { readonly type?: unknown; readonly source?: string | undefined },
  text: string,
  from: number,
  offset: number,
): number {
  const source = scalar.source ?? ''
  switch (scalar.type) {
    case 'PLAIN':
      return text.startsWith(source, from) ? from + offset : from
    case 'QUOTE_DOUBLE':
    case 'QUOTE_SINGLE':
      return text.startsWith(source, from + 1) ? from + 1 + offset : from
    case 'BLOCK_LITERAL': {
      const before = source.slice(0, offset).split('\n')
      let line = text.indexOf('\n', from) + 1
      // the block's own indentation, which its first line has; more is part of the text
      const indent = /^ */.exec(text.slice(line, line + 200))?.[0].length ?? 0
      for (let skip = before.length - 1; skip > 0; skip--) line = text.indexOf('\n', line) + 1
      return line + indent + (before.at(-1)?.length ?? 0)
    }
    default:
      return from
  }
}
