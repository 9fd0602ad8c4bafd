import type { Digest } from '@holdpoint/shared'
import { ofPerson } from './of-person.ts'

/** What has been on this screen of one revision of an approval. */
interface Looked {
  /** 0 to 1. */
  readonly part: number
  /** Of the bytes that were drawn, made here (AP9). */
  readonly digest: Digest
}

/** By `id@revision`. Outlasts the bytes themselves, of which only the latest are kept. */
const looked = ofPerson<ReadonlyMap<string, Looked>>(new Map())
const KEPT = 2_000

const lookedAt = (id: string, revision: number) => looked.value.get(`${id}@${revision}`)

export const partSeen = (id: string, revision: number): number => lookedAt(id, revision)?.part ?? 0

/** The digest of the bytes that were on this screen whole; undefined where some of them never were. */
export function digestSeen(id: string, revision: number): Digest | undefined {
  const { part, digest } = lookedAt(id, revision) ?? { part: 0, digest: undefined }
  return part < 1 ? undefined : digest
}

export function noteSeen(id: string, revision: number, part: number, digest: Digest): void {
  const name = `${id}@${revision}`
  const before = looked.peek().get(name)
  if (before?.digest === digest && before.part >= part) return
  const next = new Map(looked.peek())
  next.set(name, { part, digest })
  const oldest = next.keys().next()
  if (next.size > KEPT && !oldest.done) next.delete(oldest.value)
  looked.value = next
}
