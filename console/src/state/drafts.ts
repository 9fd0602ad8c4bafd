import { ofPerson } from './of-person.ts'

/** Something that was written about an item and not sent. */
export interface Draft {
  readonly id: string
  /** What it was to be, as its form calls it. */
  readonly what: string
  /** Text, or the fields of a form. */
  readonly value: unknown
}

const drafts = ofPerson<readonly Draft[]>([])

/**
 * What is written into a form about an item: it outlives the form, which goes when somebody looks at another item, and
 * when somebody else decides this one. Nothing is written yet: `initial`.
 */
export function useDraft<T>(id: string, what: string, initial: T): readonly [T, (value: T) => void] {
  const draft = drafts.value.find((one) => one.id === id && one.what === what)
  return [draft ? (draft.value as T) : initial, (value) => write(id, what, value, initial)]
}

function write(id: string, what: string, value: unknown, initial: unknown): void {
  const others = drafts.peek().filter((one) => one.id !== id || one.what !== what)
  drafts.value = value === initial ? others : [...others, { id, what, value }]
}

export const draftsOf = (id: string): readonly Draft[] => drafts.value.filter((one) => one.id === id)

/** It was sent, or is not wanted any more. */
export function forgetDrafts(id: string): void {
  if (draftsOf(id).length > 0) drafts.value = drafts.peek().filter((one) => one.id !== id)
}
