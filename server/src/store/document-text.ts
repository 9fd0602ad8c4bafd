/**
 * Nobody writes to a document or to what it holds, so the text of a part is its text for good. Two tables, and the older one
 * is dropped when the other is full: one that held them all would take a turn's time of its own to grow, and be gone
 * through at each collection.
 */
let recent = new WeakMap<object, string>()
let former = recent
let recentSize = 0
/** Parts in a table: of some hundred agents, the last ones that were written. */
const MOST = 16_384

function remember(part: object, text: string): void {
  if (recentSize >= MOST) {
    former = recent
    recent = new WeakMap()
    recentSize = 0
  }
  recent.set(part, text)
  recentSize += 1
}

/** Where parts begin: fields of the document, and what lists among them or one level below them hold. */
const WHOLE = 0
const FIELD = 1

/**
 * A document's JSON, as JSON.stringify writes it. A commit changes few of a document's parts; those that it left alone
 * are not written again. Undefined for what JSON can't hold.
 */
export function documentText(doc: unknown): string | undefined {
  if (!isPlain(doc)) return JSON.stringify(doc)
  const pieces: string[] = []
  writeFields(doc, WHOLE, pieces)
  // joined once: a text that is put together by adding is a tree of its pieces, which takes longer to flatten than to write
  return pieces.join('')
}

function write(value: unknown, depth: number, pieces: string[]): void {
  if (Array.isArray(value)) writeList(value, depth, pieces)
  else if (!isPlain(value)) pieces.push(JSON.stringify(value) ?? 'null')
  else if (depth === FIELD && Object.values(value).some(Array.isArray)) writeFields(value, depth, pieces)
  else pieces.push(partText(value))
}

function partText(part: object): string {
  const known = recent.get(part)
  if (known !== undefined) return known
  const text = former.get(part) ?? JSON.stringify(part)
  remember(part, text)
  return text
}

function writeList(list: readonly unknown[], depth: number, pieces: string[]): void {
  pieces.push('[')
  for (let i = 0; i < list.length; i++) {
    if (i > 0) pieces.push(',')
    write(list[i], depth + 1, pieces)
  }
  pieces.push(']')
}

function writeFields(fields: object, depth: number, pieces: string[]): void {
  let before = '{'
  for (const key of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[key]
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue
    pieces.push(before, JSON.stringify(key), ':')
    before = ','
    write(value, depth + 1, pieces)
  }
  pieces.push(before === '{' ? '{}' : '}')
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value)
