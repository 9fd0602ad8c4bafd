import type { CommandLog } from '../commands/in-time.ts'

/** What showing an agent threw; the lists go on without it. */
export type NoteDamage = (tenant: string, id: string, error: unknown) => void

/**
 * Says once per agent, as long as the node runs, that what is stored of it could not be shown: consoles ask again and again, and
 * what looks like damage may be a defect of ours.
 */
export function createDamageNote(log: CommandLog): NoteDamage {
  const told = new Map<string, Set<string>>()
  return (tenant, id, error) => {
    const known = told.get(tenant) ?? new Set()
    told.set(tenant, known)
    if (known.has(id)) return
    known.add(id)
    log.error({ err: error, tenant, agent: id }, 'what is stored of an agent could not be shown')
  }
}
