import type { Intervention } from '@holdpoint/client/operator'
import type { Target } from '@holdpoint/shared'
import { hasRole, type PersonRole } from '@holdpoint/shared'
import { act } from './notices.ts'
import { session } from './session.ts'

export const interventions = ['pause', 'resume', 'stop', 'reinstate', 'inject'] as const
export type Verb = (typeof interventions)[number]

/** The least role for each (ID1). */
const ROLES: Readonly<Record<Verb, PersonRole>> = {
  pause: 'operator',
  resume: 'operator',
  stop: 'operator',
  reinstate: 'approver',
  inject: 'operator',
}

export const may = (verb: Verb): boolean => {
  const { person } = session.value ?? {}
  return person !== undefined && hasRole(person.role, ROLES[verb])
}

/** Requests under way at once, where many agents are named one by one. */
const AT_ONCE = 32

const DONE: Readonly<Record<Verb, string>> = {
  pause: 'Pause asked for',
  resume: 'Resumed',
  stop: 'Stop asked for',
  reinstate: 'Reinstated',
  inject: 'Instruction queued',
}

/** Intervenes with each target; what was refused is told with its reason. Resolves with whether all was done. */
export async function intervene(verb: Verb, targets: readonly Target[], words: string): Promise<boolean> {
  const { client } = session.peek() ?? {}
  if (!client) return false
  const one = async (target: Target, key?: string): Promise<void> => {
    const options = key === undefined ? {} : { key }
    const answer: Intervention =
      verb === 'inject'
        ? await client.inject(target, words, undefined, options)
        : await client[verb](target, words, options)
    const refused = answer.results.filter(({ ok }) => !ok)
    const [first] = refused
    if (first)
      throw new Error(
        `${first.agent}: ${first.error?.message ?? 'refused'}${refused.length > 1 ? ` And ${refused.length - 1} more.` : ''}`,
      )
  }
  const [only] = targets
  if (targets.length === 1 && only) return act(`${DONE[verb]}: ${nameOf(only)}`, (key) => one(only, key))
  const failures: string[] = []
  const queue = [...targets]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let target = queue.shift(); target; target = queue.shift())
        await one(target).catch((error: unknown) =>
          failures.push(error instanceof Error ? error.message : String(error)),
        )
    }),
  )
  return act(`${DONE[verb]}: ${targets.length} agents`, async () => {
    const [first] = failures
    if (first) throw new Error(`${failures.length} of ${targets.length} were refused. ${first}`)
  })
}

const nameOf = (target: Target): string =>
  'all' in target ? 'every agent' : 'labels' in target ? target.labels : target.agent
