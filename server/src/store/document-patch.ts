/**
 * What a commit changes in a document, as text, so that a log need not hold the whole of it each time. Nobody writes to a
 * document or to what it holds, so whatever is the same object as before is what it was.
 *
 * A patch is JSON: `{ whole }`, or of an object's fields `{ set, gone, lists, parts }`, each only where it says something.
 * A list is told by runs: `[from, count]` of what it held before, and `[element]`.
 */
type Fields = Readonly<Record<string, unknown>>
type Run = readonly [from: number, count: number] | readonly [element: unknown]
interface FieldsPatch {
  readonly set?: Fields
  readonly gone?: readonly string[]
  readonly lists?: Readonly<Record<string, readonly Run[]>>
  readonly parts?: Readonly<Record<string, FieldsPatch>>
}
export type DocumentPatch = { readonly whole: unknown } | FieldsPatch

/** Objects within objects are told apart so deep: a document's fields, and theirs. */
const DEEPEST = 1

/** Throws a TypeError for what JSON can't hold. */
export function patchText(before: unknown, after: unknown): string {
  if (isPlain(before) && isPlain(after)) return fieldsText(before, after, 0)
  return `{"whole":${textOf(after)}}`
}

function fieldsText(before: Fields, after: Fields, depth: number): string {
  let set = ''
  let lists = ''
  let parts = ''
  for (const key of Object.keys(after)) {
    const value = after[key]
    const former = Object.hasOwn(before, key) ? before[key] : undefined
    if (value === former || !isHeld(value)) continue
    const name = `${JSON.stringify(key)}:`
    if (Array.isArray(value) && Array.isArray(former)) lists = joined(lists, name + listText(former, value))
    else if (depth < DEEPEST && isPlain(value) && isPlain(former))
      parts = joined(parts, name + fieldsText(former, value, depth + 1))
    else set = joined(set, name + textOf(value))
  }
  let gone = ''
  for (const key of Object.keys(before))
    if (isHeld(before[key]) && !(Object.hasOwn(after, key) && isHeld(after[key])))
      gone = joined(gone, JSON.stringify(key))
  let text = ''
  if (set !== '') text = joined(text, `"set":{${set}}`)
  if (gone !== '') text = joined(text, `"gone":[${gone}]`)
  if (lists !== '') text = joined(text, `"lists":{${lists}}`)
  if (parts !== '') text = joined(text, `"parts":{${parts}}`)
  return `{${text}}`
}

/** Lists keep their order, so each element is looked for behind the one before it. */
function listText(before: readonly unknown[], after: readonly unknown[]): string {
  let text = ''
  let from = 0
  let count = 0
  const endRun = (): void => {
    if (count > 0) text = joined(text, `[${from},${count}]`)
    from += count
    count = 0
  }
  for (const element of after) {
    const next = from + count
    if (next < before.length && before[next] === element) {
      count += 1
      continue
    }
    endRun()
    const at = before.indexOf(element, from)
    if (at === -1) text = joined(text, `[${JSON.stringify(element) ?? 'null'}]`)
    else {
      from = at
      count = 1
    }
  }
  endRun()
  return `[${text}]`
}

const joined = (text: string, more: string): string => (text === '' ? more : `${text},${more}`)

/** What stands after a patch of what stood before. Shares with `before` what the patch left alone. */
export function patched(before: unknown, patch: DocumentPatch): unknown {
  return 'whole' in patch ? patch.whole : patchedFields(before as Fields, patch)
}

function patchedFields(before: Fields, { set, gone = [], lists, parts }: FieldsPatch): Fields {
  const fields = new Map(Object.entries(before))
  for (const key of gone) fields.delete(key)
  for (const [key, value] of Object.entries(set ?? {})) fields.set(key, value)
  for (const [key, runs] of Object.entries(lists ?? {}))
    fields.set(key, patchedList(fields.get(key) as readonly unknown[], runs))
  for (const [key, part] of Object.entries(parts ?? {}))
    fields.set(key, patchedFields(fields.get(key) as Fields, part))
  // not by assignment, for which a field of the name __proto__ is none
  return Object.fromEntries(fields)
}

const patchedList = (before: readonly unknown[], runs: readonly Run[]): readonly unknown[] =>
  runs.flatMap((run) => (run.length === 1 ? [run[0]] : before.slice(run[0], run[0] + run[1])))

function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('only what JSON can hold can be stored')
  return text
}

/** Whether JSON writes a field of this value at all. */
const isHeld = (value: unknown): boolean =>
  value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'

const isPlain = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value)
