import { canonicalText } from '@holdpoint/shared'

/** As deep as an answer holds the view that its change has logged. */
const DEEPEST = 3

/**
 * Writes the texts of one change. The view of an item is in its event, its record and the answer: it is written once, in its
 * RFC 8785 form, which is JSON like any other.
 */
export class ChangeTexts {
  readonly #known = new Map<object, string>()

  /** An event's data, RFC 8785. Throws a TypeError for what has no such text. */
  data(data: Readonly<Record<string, unknown>>): string {
    for (const value of Object.values(data))
      if (isObject(value) && !this.#known.has(value)) this.#known.set(value, canonicalText(value))
    return canonicalText(data, this.#known)
  }

  /** As JSON.stringify writes it, but for the order of fields where it is known already. Throws a TypeError for what JSON can't hold. */
  json(value: unknown): string {
    const text = this.#write(value, 0)
    if (text === undefined) throw new TypeError('only what JSON can hold can be stored')
    return text
  }

  #write(value: unknown, depth: number): string | undefined {
    if (!isObject(value)) return JSON.stringify(value)
    const known = this.#known.get(value)
    if (known !== undefined) return known
    if (depth === DEEPEST || this.#known.size === 0 || Array.isArray(value) || 'toJSON' in value)
      return JSON.stringify(value)
    const fields: string[] = []
    for (const [key, field] of Object.entries(value)) {
      const written = this.#write(field, depth + 1)
      if (written !== undefined) fields.push(`${JSON.stringify(key)}:${written}`)
    }
    // joined: what is added up stays a tree of its pieces for as long as it waits for its table
    return `{${fields.join(',')}}`
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
