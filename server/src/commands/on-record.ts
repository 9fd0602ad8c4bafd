import { refused } from '@holdpoint/shared'
import type { People } from './people.ts'

/**
 * ES2: why nobody can be put in charge who is not on record, or shut out: they are told nothing, and what is theirs waits in
 * vain. Undefined where they are there. `path`: of the field that names them.
 */
export async function notOnRecord(people: Pick<People, 'get'>, tenant: string, id: string, path: string) {
  const person = await people.get(tenant, id)
  if (!person) return refused('invalid', `Nobody is registered as "${id}".`, { path })
  return person.disabled
    ? refused('conflict', `"${id}" is disabled; enable them first.`, { person: id })
    : undefined
}
