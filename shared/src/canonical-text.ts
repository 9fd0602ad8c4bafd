/** Whole texts that JSON writes as they are: nothing to escape, and no surrogate that might be alone. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * RFC 8785 text of plain JSON: keys by UTF-16 units, numbers and texts as ECMAScript writes them. Fields that are
 * undefined are left out. Written by hand since every event that is committed goes through it, and a general library takes
 * three times as long. Throws a TypeError for what has no such text; a RangeError for what is nested without end.
 * `known`: texts of objects that it may hold, by object.
 */
export function canonicalText(value: unknown, known?: ReadonlyMap<object, string>): string {
  if (!known && typeof value === 'object' && value !== null && isInOrder(value)) {
    const text = JSON.stringify(value)
    if (!text.includes(ESCAPED_SURROGATE)) return text
  }
  return written(value, known)
}

/** How JSON.stringify begins what it writes for half of a surrogate pair; a backslash of the text's own may look the same. */
const ESCAPED_SURROGATE = String.raw`\ud`

/**
 * Whether every object's fields stand in the canonical order already, and nothing is in it that JSON would change: then
 * JSON.stringify writes the very same, four times as fast and in one piece. What is put together from pieces stays a tree of
 * them for as long as it is kept.
 */
function isInOrder(value: object): boolean {
  if (Array.isArray(value)) return value.every(isKept)
  if ('toJSON' in value) return false
  let before = ''
  for (const key in value) {
    if (key < before || !isKept((value as Record<string, unknown>)[key])) return false
    before = key
  }
  return true
}

function isKept(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || isInOrder(value)
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    default:
      return false
  }
}

function written(value: unknown, known: Known): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value)
    case 'number':
      if (!Number.isFinite(value)) break
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return (
        known?.get(value) ??
        (Array.isArray(value)
          ? canonicalList(value, known)
          : canonicalObject(value as Record<string, unknown>, known))
      )
  }
  throw new TypeError('only JSON values have a canonical text')
}

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (LONE_SURROGATE.test(text)) throw new TypeError('half of a surrogate pair has no canonical text')
  return JSON.stringify(text)
}

type Known = ReadonlyMap<object, string> | undefined

function canonicalList(list: readonly unknown[], known: Known): string {
  let text = '['
  for (let i = 0; i < list.length; i++) {
    const item = list[i]
    text += `${i > 0 ? ',' : ''}${item === undefined ? 'null' : written(item, known)}`
  }
  return `${text}]`
}

function canonicalObject(fields: Readonly<Record<string, unknown>>, known: Known): string {
  let text = ''
  for (const key of inOrder(Object.keys(fields))) {
    const value = fields[key]
    if (value !== undefined) text += (text === '' ? '' : ',') + nameText(key) + written(value, known)
  }
  return `{${text}}`
}

/** As many as are quicker moved into their place one by one, without the copies that a sort makes of them. */
const FEW = 32

function inOrder(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort()
  for (let at = 1; at < keys.length; at++) {
    const key = keys[at] as string
    let to = at
    for (let former = keys[to - 1] as string; to > 0 && former > key; former = keys[to - 1] as string) {
      keys[to] = former
      to -= 1
    }
    keys[to] = key
  }
  return keys
}

/** Names of fields with their colon: the same few come again and again. */
const names = new Map<string, string>()
const NAMES = 1_024
const LONGEST_NAME = 64

function nameText(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const text = `${canonicalString(name)}:`
  // whoever sends ever new ones gets no place among them
  if (names.size < NAMES && name.length <= LONGEST_NAME) names.set(name, text)
  return text
}
