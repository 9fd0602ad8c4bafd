/** The fields that a line may have; of those that hold fields themselves, which. */
type Fields = Readonly<Record<string, true | readonly string[]>>

/** Of a fact all that its hash covers, and the hash. */
export const FACT: Fields = {
  seq: true,
  at: true,
  type: true,
  agent: true,
  by: true,
  data: true,
  hash: true,
  push: ['seq', 'state'],
  command: ['principal', 'key'],
}

/**
 * Whether a line holds what was checked and nothing beside it, to its last byte: a field that no hash covers, or a second
 * value under one name, would be read by whoever opens the file, and the check would have said that all is well.
 */
export const isAsWritten = (text: string, line: object, fields: Fields): boolean =>
  JSON.stringify(line) === text && Object.entries(line).every(([key, value]) => fits(fields, key, value))

function fits(fields: Fields, key: string, value: unknown): boolean {
  const inner = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (inner === undefined || inner === true) return inner === true
  // a number or a text has no fields, and the hash covers nothing of it
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return keys.length === inner.length && keys.every((one) => inner.includes(one))
}
