import { ofPerson } from './of-person.ts'

/**
 * AP6: approvals of agents that this person owns, and that the server would not have them release. Whether somebody else
 * could, which it rests on, only the server knows: so it is asked first, once for each.
 */
const barred = ofPerson<ReadonlySet<string>>(new Set())

export const isBarredAsOwner = (id: string): boolean => barred.value.has(id)

export function barAsOwner(id: string): void {
  barred.value = new Set([...barred.peek(), id])
}
