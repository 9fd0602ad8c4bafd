import { v7 } from './uuid.ts'

/** A new UUIDv7 (RFC 9562): unique, and sorting by the time it was made, also within a millisecond. */
export const newId = (): string => v7()

/** What an agent's or a person's id looks like (PROTOCOL, conventions). */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/

/** The same in words, for whoever gave another. */
export const NAME_IN_WORDS =
  'begins with a letter or digit, and holds no more than letters, digits and . _ : @ / -, at most 128'

/** What a tenant's id looks like: it is part of keys and file names, so it is narrower than an agent's. */
export const TENANT_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/

/** The parent of `a/b/c` is `a/b` (AG); an agent without a slash has none. */
export function parentOf(agent: string): string | undefined {
  const slash = agent.lastIndexOf('/')
  return slash > 0 ? agent.slice(0, slash) : undefined
}

/** True for the agent itself and for everything below it (`a` covers `a/b`). */
export const isSelfOrChild = (agent: string, ancestor: string): boolean =>
  agent === ancestor || agent.startsWith(`${ancestor}/`)
