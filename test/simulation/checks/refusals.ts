import type { IndexedHistory } from '../../chaos/history.ts'
import { approvalOf, textAt } from '../../chaos/history.ts'

/** ST1, PR2: a refusal tells what stood when it was given, and what was refused was not done. */
export function checkRefusals({ commands, exchanges, readBack }: IndexedHistory): readonly string[] {
  const settledAt = new Map<string, number>()
  const requestedAt = new Map<string, number>()
  for (const event of readBack.events) {
    const approval = approvalOf(event)
    if (!approval) continue
    const at = Date.parse(event.at)
    if (!requestedAt.has(approval.id)) requestedAt.set(approval.id, at)
    if (approval.status !== 'pending' && !settledAt.has(approval.id)) settledAt.set(approval.id, at)
  }
  const wrong = exchanges.flatMap(({ name, principal, body, at, answer, answeredAt = 0 }) => {
    if (!answer || answer.ok || !name.startsWith('approval.')) return []
    const id = textAt(body, 'id') ?? ''
    const { code } = answer.error
    const settled = settledAt.get(id) ?? Number.POSITIVE_INFINITY
    if (code === 'already_decided' && settled > answeredAt)
      return [`Refused: ${principal} was told that ${id} was decided already, and nobody had.`]
    if (code === 'not_found' && (requestedAt.get(id) ?? Number.POSITIVE_INFINITY) < at)
      return [`Refused: ${principal} was told that there is no ${id}, and there was.`]
    return []
  })
  const done = new Set(readBack.events.flatMap(({ data }) => textAt(data, 'reason') ?? []))
  const denied = commands.flatMap(({ name, principal, key, body, exchanges: all }) => {
    const isRefused = all.every(({ answer }) => answer && !answer.ok && answer.error.code !== 'unknown')
    const mark = textAt(body, 'reason')
    if (!isRefused || mark === undefined || mark !== key || !done.has(mark)) return []
    return [`Refused: ${principal} was refused ${name} (key ${key}), and it was done.`]
  })
  return [...wrong, ...denied]
}
