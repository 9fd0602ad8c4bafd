import { HoldpointError, type Intervention, isOpen, OutcomeUnknownError } from '@holdpoint/client/operator'
import { counted, hasRole, type PersonRole, type Refusal, refusal, type Target } from '@holdpoint/shared'
import { act, DoneForSome, tell } from './notices.ts'
import { session } from './session.ts'
import { settle } from './settle.ts'

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

/**
 * Intervenes with each target; what was refused is told with its reason, and apart from it what got no answer. Resolves
 * with whether all was done.
 */
export async function intervene(verb: Verb, targets: readonly Target[], words: string): Promise<boolean> {
  const { client } = session.peek() ?? {}
  if (!client) return false
  const order = (target: Target) => async (key: string) => {
    const answer: Intervention =
      verb === 'inject'
        ? await client.inject(target, words, undefined, { key })
        : await client[verb](target, words, { key })
    const failed = answer.results.filter(({ ok }) => !ok)
    const open = failed.find(isOpen)
    const told = open ?? failed[0]
    // an order binds whoever has not answered, and is carried out on them without being asked for again
    if (!open && answer.remaining && !answer.order) throw new DoneForSome(key, stillToCome(answer.remaining))
    if (!told) return
    const more = failed.length > 1 ? ` And ${failed.length - 1} more.` : ''
    const why = `${told.agent}: ${told.error?.message ?? 'refused'}${more}`
    throw open
      ? new DoneForSome(key, refusal('unknown', `${why} Ask again: nobody gets it twice.`))
      : new HoldpointError(refusal(told.error?.code ?? 'internal', why))
  }
  const intent = (target: Target) => [verb, target, words]
  const [only] = targets
  if (targets.length === 1 && only) return act(intent(only), `${DONE[verb]}: ${nameOf(only)}`, order(only))
  const refused: string[] = []
  const unknown: Target[] = []
  let told = false
  const queue = [...targets]
  const work = async () => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const one = target
      await settle(intent(one), order(one), () => {
        if (!told) tell('neutral', 'Some gave no answer yet: whether it was done is unknown. Asking again …')
        told = true
      }).catch((error: unknown) => {
        if (error instanceof OutcomeUnknownError) unknown.push(one)
        else refused.push(error instanceof Error ? error.message : String(error))
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const [first] = refused
  if (first !== undefined)
    tell(
      'bad',
      `${refused.length} of ${targets.length} ${refused.length === 1 ? 'was' : 'were'} refused. ${first}`,
    )
  if (unknown.length > 0)
    tell('bad', `${unknown.length} of ${targets.length} gave no answer: whether it was done is not known.`, {
      again: () => void intervene(verb, unknown, words),
    })
  const done = targets.length - refused.length - unknown.length
  if (done > 0) tell('good', `${DONE[verb]}: ${counted(done, 'agent')}`)
  return done === targets.length
}

const stillToCome = (remaining: number): Refusal =>
  refusal(
    'unknown',
    `${counted(remaining, 'agent has', 'agents have')} not answered yet. Ask again: nobody gets it twice.`,
  )

const nameOf = (target: Target): string =>
  'all' in target ? 'every agent' : 'labels' in target ? target.labels : target.agent
