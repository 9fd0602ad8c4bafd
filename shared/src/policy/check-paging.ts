import { canonicalText } from '../canonical-text.ts'
import { builtInPolicy } from './defaults.ts'
import type { Policy } from './schema.ts'

interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

type Named = Pick<
  Policy,
  'paging' | 'escalationPolicies' | 'schedules' | 'channels' | 'catalogue' | 'unlisted'
>

/** A page that leads to nothing would be lost in silence: whatever a policy names, it must have (ES2). */
export function pagingProblems(policy: Named): readonly Problem[] {
  const { escalationPolicies, schedules, channels } = policy
  return [
    ...escalationsNamed(policy)
      .filter(({ name }) => !Object.hasOwn(escalationPolicies, name))
      .map(({ path, name }) => ({ path, message: `there is no escalation policy "${name}"` })),
    ...targetsOf(policy).flatMap(({ path, target }) => {
      if ('channel' in target && !Object.hasOwn(channels, target.channel))
        return [{ path, message: `there is no channel "${target.channel}"` }]
      if ('channel' in target && isPersonal(channels[target.channel]))
        return [{ path, message: `the channel "${target.channel}" has no destination of its own ("to")` }]
      if ('schedule' in target && !Object.hasOwn(schedules, target.schedule) && !isYetToBeMade(policy, path))
        return [{ path, message: `there is no schedule "${target.schedule}"` }]
      return []
    }),
  ]
}

/** The built-in policy names a schedule that nobody has made: that alone is no mistake of who has made none. */
function isYetToBeMade(
  { escalationPolicies, schedules }: Named,
  [, escalation = '']: Problem['path'],
): boolean {
  const { [escalation]: builtIn } = builtInPolicy.escalationPolicies
  return (
    Object.keys(schedules).length === 0 &&
    builtIn !== undefined &&
    canonicalText(escalationPolicies[escalation]) === canonicalText(builtIn)
  )
}

/** Whether a channel reaches persons at their own addresses rather than a destination of its own. */
export const isPersonal = (channel: Policy['channels'][string] | undefined): boolean =>
  (channel?.kind === 'email' || channel?.kind === 'slack') && channel.to === undefined

function escalationsNamed({ paging, catalogue, unlisted }: Named) {
  const named: { readonly path: readonly string[]; readonly name: string | undefined }[] = [
    ...Object.entries(paging.byPriority).map(([key, name]) => ({
      path: ['paging', 'byPriority', key],
      name,
    })),
    { path: ['paging', 'approvals'], name: paging.approvals },
    ...Object.entries(catalogue).map(([action, { escalation }]) => ({
      path: ['catalogue', action, 'escalation'],
      name: escalation,
    })),
    { path: ['unlisted', 'escalation'], name: unlisted.escalation },
  ]
  return named.flatMap(({ path, name }) => (name === undefined ? [] : [{ path, name }]))
}

const targetsOf = ({ escalationPolicies }: Named) =>
  Object.entries(escalationPolicies).flatMap(([policy, { steps }]) =>
    steps.flatMap(({ notify }, at) =>
      notify.map((target, n) => ({
        path: ['escalationPolicies', policy, 'steps', at, 'notify', n],
        target,
      })),
    ),
  )
