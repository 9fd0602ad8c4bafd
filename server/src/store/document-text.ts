/** How deep a document's parts are remembered one by one: `approvals`, one of them, a part of that. */
const DEEPEST = 3

/** Nobody writes to a document or to what it holds, so the text of a part is its text for good. */
const texts = new WeakMap<object, string>()

/**
 * A document's JSON, as JSON.stringify writes it. A commit changes few of a document's parts; those that it left alone
 * are not written again. Undefined for what JSON can't hold.
 */
export const documentText = (doc: unknown): string | undefined => textOf(doc, 0)

function textOf(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return JSON.stringify(value)
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = Array.isArray(value) ? listText(value, depth + 1) : fieldsText(value, depth + 1)
  // the whole is another one next time
  if (depth > 0) texts.set(value, text)
  return text
}

const listText = (list: readonly unknown[], depth: number): string =>
  `[${list.map((item) => textOf(item, depth) ?? 'null').join(',')}]`

// joined, since a text that is put together by adding is a tree of its pieces, which takes longer to flatten than to write
function fieldsText(fields: object, depth: number): string {
  if ('toJSON' in fields) return JSON.stringify(fields)
  const parts: string[] = []
  for (const key of Object.keys(fields)) {
    const value = textOf((fields as Record<string, unknown>)[key], depth)
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${value}`)
  }
  return `{${parts.join(',')}}`
}
