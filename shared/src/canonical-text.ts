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
    text += `${i > 0 ? ',' : ''}${item === undefined ? 'null' : canonicalText(item, known)}`
  }
  return `${text}]`
}

function canonicalObject(fields: Readonly<Record<string, unknown>>, known: Known): string {
  let text = ''
  for (const key of inOrder(Object.keys(fields))) {
    const value = fields[key]
    if (value !== undefined) text += (text === '' ? '' : ',') + nameText(key) + canonicalText(value, known)
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
