import type { ApprovalView, EventView, TargetResult, TicketView } from '@holdpoint/shared'
import {
  approvalOf,
  askedDigest,
  type Body,
  brief,
  type Command,
  type IndexedHistory,
  objectAt,
  textAt,
  ticketOf,
} from '../history.ts'

/** PR1: what was acknowledged is found again when everything has come to rest. */
export function checkLost(history: IndexedHistory): readonly string[] {
  const log = indexLog(history.readBack.events)
  return [
    ...history.commands.flatMap((command) =>
      command.accepted.slice(-1).flatMap(({ answer }) => {
        const missing = lost(command, answer, history, log)
        return missing
          ? [`Lost: ${command.principal} was told that ${describe(command)} was done, but ${missing}.`]
          : []
      }),
    ),
    ...undelivered(history.readBack.events),
  ]
}

interface Log {
  /** Types of the events about an item, by its id. */
  readonly about: ReadonlyMap<string, readonly string[]>
  /** Events by the reason or text that caused them, which the workload makes unique per key. */
  readonly marked: ReadonlyMap<string, readonly EventView[]>
}

const describe = ({ name, key, body }: Command): string => `${name} (key ${key}, ${brief(withoutKey(body))})`

const withoutKey = ({ key: _, ...rest }: Body): Body => rest

function lost(command: Command, answer: Body, history: IndexedHistory, log: Log): string | undefined {
  const { readBack } = history
  switch (command.name) {
    case 'action.request':
      return lostRequest(command, answer, history)
    case 'action.begin':
      return missingStage(readBack.approvals.get(String(command.body.id)), 'begun')
    case 'action.report':
      return missingStage(readBack.approvals.get(String(command.body.id)), 'reported')
    case 'approval.approve':
    case 'approval.deny':
    case 'approval.respond':
    case 'approval.cancel': {
      const acked = objectAt(answer, 'approval') as ApprovalView | undefined
      return lostDecision(acked, readBack.approvals.get(String(command.body.id)))
    }
    case 'question.ask':
    case 'escalation.raise':
      return lostTicket(objectAt(answer, 'ticket') as TicketView | undefined, readBack.tickets)
    case 'ticket.resolve':
      return lostResolution(objectAt(answer, 'ticket') as TicketView | undefined, readBack.tickets)
    case 'instruction.ack':
      return log.about.get(String(command.body.id))?.includes(`instruction.${command.body.outcome}`)
        ? undefined
        : 'no event tells of it'
    case 'agent.inject':
    case 'agent.pause':
    case 'agent.resume':
    case 'agent.stop':
    case 'agent.reinstate':
      return lostIntervention(command, answer, log)
    case 'order.lift':
      return log.about.get(String(command.body.id))?.includes('order.lifted')
        ? undefined
        : 'the order was never lifted'
    default:
      return undefined
  }
}

function lostRequest({ body }: Command, answer: Body, { readBack }: IndexedHistory): string | undefined {
  if (answer.verdict === 'refused') return undefined
  const id = textAt(objectAt(answer, 'action'), 'id')
  const found = id === undefined ? undefined : readBack.approvals.get(id)
  if (!found) return `approval ${id} is unknown`
  const asked = found.askedDigest ?? found.digest
  return asked === askedDigest(body) ? undefined : `approval ${id} holds other bytes (${asked})`
}

function missingStage(found: ApprovalView | undefined, stage: 'begun' | 'reported'): string | undefined {
  if (!found) return 'the approval is unknown'
  return found.stages[stage] ? undefined : `the approval was never ${stage}`
}

function lostDecision(acked: ApprovalView | undefined, found: ApprovalView | undefined): string | undefined {
  if (!acked) return 'the answer held no approval'
  if (!found) return `approval ${acked.id} is unknown`
  const [told, stands] = [acked, found].map(({ status, decidedBy, digest, stages }) =>
    brief({ status, decidedBy, digest, at: stages.decided?.at }),
  )
  return told === stands ? undefined : `it stands at ${stands} instead of ${told}`
}

function lostTicket(
  acked: TicketView | undefined,
  tickets: ReadonlyMap<string, TicketView>,
): string | undefined {
  return acked && !tickets.get(acked.id) ? `ticket ${acked.id} is unknown` : undefined
}

function lostResolution(
  acked: TicketView | undefined,
  tickets: ReadonlyMap<string, TicketView>,
): string | undefined {
  const found = acked && tickets.get(acked.id)
  if (!acked || !found) return `ticket ${acked?.id} is unknown`
  const [told, stands] = [acked, found].map(({ status, answer, closedAt, closedBy }) =>
    brief({ status, answer, closedAt, closedBy }),
  )
  return told === stands ? undefined : `it stands at ${stands} instead of ${told}`
}

function lostIntervention({ body }: Command, answer: Body, { marked }: Log): string | undefined {
  const events = marked.get(String(body.text ?? body.reason)) ?? []
  if (objectAt(answer, 'order') && !events.some(({ type }) => type === 'order.placed'))
    return 'no event tells of its order'
  if (objectAt(answer, 'order')) return undefined
  const results = (answer.results ?? []) as readonly TargetResult[]
  const missing = results.find(({ ok, agent }) => ok && !events.some((event) => event.agent === agent))
  return missing ? `no event tells of it on ${missing.agent}` : undefined
}

/** IN2: what was queued is answered by its agent, or ends with its run. */
function undelivered(events: readonly EventView[]): readonly string[] {
  const open = new Map<string, EventView>()
  for (const event of events) {
    const id = textAt(objectAt(event.data, 'instruction'), 'id')
    if (id === undefined) continue
    if (event.type === 'instruction.queued') open.set(id, event)
    else open.delete(id)
  }
  return [...open].map(
    ([id, { agent, seq }]) =>
      `Lost: instruction ${id} was queued for ${agent} (seq ${seq}), and no answer of the agent ever came.`,
  )
}

function indexLog(events: readonly EventView[]): Log {
  const about = new Map<string, string[]>()
  const marked = new Map<string, EventView[]>()
  for (const event of events) {
    const instruction = objectAt(event.data, 'instruction')
    const order = objectAt(event.data, 'order')
    const ids = [approvalOf(event)?.id, ticketOf(event)?.id, textAt(instruction, 'id'), textAt(order, 'id')]
    for (const id of ids) if (id !== undefined) push(about, id, event.type)
    const mark = textAt(instruction, 'text') ?? textAt(order, 'reason') ?? textAt(event.data, 'reason')
    if (mark !== undefined) push(marked, mark, event)
  }
  return { about, marked }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
