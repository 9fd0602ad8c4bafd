import { compareEpochs, type Epoch } from '@holdpoint/shared'
import { clock, type Exchange, epochOf, type IndexedHistory, objectAt, textAt } from '../history.ts'

/** An epoch as it was handed out. */
interface Handed {
  readonly agent: string
  readonly epoch: Epoch
  readonly instance: string
  readonly sentAt: number
  readonly at: number
}

/** AG6: every epoch is newer than those before, belongs to one process, and is refused once there is a newer one. */
export function checkEpochs({ exchanges }: IndexedHistory): readonly string[] {
  const byAgent = new Map<string, Handed[]>()
  for (const handed of exchanges.flatMap(handedOut))
    byAgent.set(handed.agent, [...(byAgent.get(handed.agent) ?? []), handed])
  return [
    ...[...byAgent.values()].flatMap(notGrowing),
    ...exchanges.flatMap((exchange) => acceptedLate(exchange, byAgent.get(exchange.principal) ?? [])),
  ]
}

function handedOut({ name, principal, body, at, answer, answeredAt }: Exchange): readonly Handed[] {
  if (name !== 'run.start' || !answer?.ok || answeredAt === undefined) return []
  const epoch = textAt(objectAt(answer, 'run'), 'epoch') as Epoch | undefined
  const instance = textAt(body, 'instance')
  if (epoch === undefined || instance === undefined) return []
  return [{ agent: principal, epoch, instance, sentAt: at, at: answeredAt }]
}

function notGrowing(handed: readonly Handed[]): readonly string[] {
  return handed.flatMap((later) =>
    handed
      .filter(
        (earlier) =>
          earlier.instance !== later.instance &&
          (compareEpochs(later.epoch, earlier.epoch) === 0
            ? earlier.at <= later.at && earlier !== later
            : earlier.at < later.sentAt && compareEpochs(later.epoch, earlier.epoch) < 0),
      )
      .map(
        (earlier) =>
          `Epoch: ${later.agent} was handed ${later.epoch} at ${clock(later.at)}, though another process ` +
          `had ${earlier.epoch} since ${clock(earlier.at)}.`,
      ),
  )
}

function acceptedLate(exchange: Exchange, handed: readonly Handed[]): readonly string[] {
  const { name, principal, at, answer, answeredAt } = exchange
  const epoch = epochOf(exchange)
  // The first answer, given again, lets nothing through that had not been let through in time.
  if (epoch === undefined || !answer?.ok || answer.replayed) return []
  const newer = handed.find((other) => other.at < at && compareEpochs(other.epoch, epoch) > 0)
  if (!newer) return []
  return [
    `Epoch: ${principal} sent ${name} under ${epoch} at ${clock(at)} and was heard (${clock(answeredAt ?? at)}), ` +
      `though ${newer.epoch} had been handed out by ${clock(newer.at)}.`,
  ]
}
