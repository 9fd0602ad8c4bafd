import { ofPerson } from './of-person.ts'

/** What part of an approval's revision has been on this screen, 0 to 1, by `id@revision`. */
const parts = ofPerson<ReadonlyMap<string, number>>(new Map())
const KEPT = 2_000

export const partSeen = (id: string, revision: number): number => parts.value.get(`${id}@${revision}`) ?? 0

export function noteSeen(id: string, revision: number, part: number): void {
  const name = `${id}@${revision}`
  if ((parts.peek().get(name) ?? 0) >= part) return
  const next = new Map(parts.peek())
  next.set(name, part)
  const oldest = next.keys().next()
  if (next.size > KEPT && !oldest.done) next.delete(oldest.value)
  parts.value = next
}
