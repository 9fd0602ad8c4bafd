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
  const keys: string[] = []
  for (const key of Object.keys(fields)) if (fields[key] !== undefined) keys.push(key)
  keys.sort()
  let text = '{'
  for (const key of keys)
    text += `${text === '{' ? '' : ','}${canonicalString(key)}:${canonicalText(fields[key], known)}`
  return `${text}}`
}
