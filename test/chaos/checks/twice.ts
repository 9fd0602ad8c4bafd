import type { ApprovalView, EventView } from '@holdpoint/shared'
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

/** AP7, PR2, PR3: one key, one effect, and one answer; one decision per item; one count per outcome. */
export function checkTwice(history: IndexedHistory): readonly string[] {
  const { commands, readBack } = history
  return [
    ...commands.flatMap(twoAnswers),
    ...twoRequests(history),
    ...twoMarks(history),
    ...twoEvents(readBack.events),
    ...twoDecisions(commands),
    ...trustTwice(history),
  ]
}

// ── one key, one answer ───────────────────────────────────────────────────────────────────────────────────────────

function twoAnswers(command: Command): readonly string[] {
  const told = [...new Set(command.accepted.map(({ answer }) => identityOf(command.name, answer)))]
  if (told.length < 2) return []
  return [
    `Twice: ${command.principal} sent ${command.name} under one key (${command.key}) and was given ${told.length} ` +
      `answers: ${told.join(' and ')}.`,
  ]
}

/** What a repeated answer must have in common with the first; what merely shows the present is left out. */
function identityOf(name: string, answer: Body): string {
  switch (name) {
    case 'run.start':
      return brief(objectAt(answer, 'run'))
    case 'action.request':
      return brief({ id: objectAt(answer, 'action')?.id, verdict: answer.verdict })
    case 'approval.approve':
    case 'approval.deny':
    case 'approval.respond':
    case 'approval.cancel':
      return brief(decisionIn(objectAt(answer, 'approval') as ApprovalView | undefined))
    case 'question.ask':
    case 'escalation.raise':
    case 'ticket.resolve':
      return brief(objectAt(answer, 'ticket')?.id)
    default:
      return name
  }
}

const decisionIn = (approval: ApprovalView | undefined) =>
  approval && { id: approval.id, status: approval.status, at: approval.stages.decided?.at }

// ── one key, one effect ───────────────────────────────────────────────────────────────────────────────────────────

/** Two items for one request, also where its sender only ever heard of one. */
function twoRequests({ commands, readBack }: IndexedHistory): readonly string[] {
  const keys = new Map<string, Set<string>>()
  for (const { principal, key, name, body } of commands) {
    const digest = name === 'action.request' ? askedDigest(body) : undefined
    if (digest !== undefined) add(keys, `${principal} ${digest}`, key)
  }
  const ids = new Map<string, Set<string>>()
  for (const event of readBack.events) {
    const approval = approvalOf(event)
    if (approval) add(ids, `${approval.agent} ${approval.askedDigest ?? approval.digest}`, approval.id)
  }
  return [...ids].flatMap(([asked, found]) => {
    const under = keys.get(asked)
    // Two keys for the same bytes are two requests, unless one folds into the other (AP7).
    if (found.size < 2 || !under || under.size > 1) return []
    return [
      `Twice: one key (${[...under]}) of ${asked} led to ${found.size} approvals: ${[...found].join(' and ')}.`,
    ]
  })
}

/** Reasons and texts are unique per key in the workload: two events that carry one are two effects of it. */
function twoMarks({ commands, readBack }: IndexedHistory): readonly string[] {
  const marks = new Map<string, Command>()
  for (const command of commands) {
    const mark = markOf(command)
    if (mark !== undefined) marks.set(mark, command)
  }
  const found = new Map<string, EventView[]>()
  for (const event of readBack.events) {
    const mark = markIn(event)
    if (mark === undefined || !marks.has(mark)) continue
    const place = `${mark} ${event.agent} ${event.type}`
    found.set(place, [...(found.get(place) ?? []), event])
  }
  return [...found.values()].flatMap((events) => {
    const [first] = events
    const command = first && marks.get(markIn(first) ?? '')
    if (events.length < 2 || !command) return []
    const seqs = events.map(({ seq }) => seq).join(', ')
    return [
      `Twice: ${command.name} of ${command.principal} under one key (${command.key}) shows as ${events.length} ` +
        `${first?.type} events on ${first?.agent} (seq ${seqs}).`,
    ]
  })
}

function markOf({ name, body }: Command): string | undefined {
  if (name === 'agent.inject') return textAt(body, 'text')
  if (name === 'question.ask') return textAt(body, 'question')
  return /^agent\.(pause|resume|stop|reinstate)$/.test(name) ? textAt(body, 'reason') : undefined
}

function markIn({ type, data }: EventView): string | undefined {
  switch (type) {
    case 'instruction.queued':
      return textAt(objectAt(data, 'instruction'), 'text')
    case 'question.opened':
      return textAt(objectAt(data, 'ticket'), 'question')
    case 'order.placed':
      return textAt(objectAt(data, 'order'), 'reason')
    case 'agent.paused':
    case 'agent.resumed':
    case 'agent.stopped':
    case 'agent.reinstated':
      // What an order does to its agents is its own business: it may pause one anew after a run.
      return data.order === undefined ? textAt(data, 'reason') : undefined
    default:
      return undefined
  }
}

// ── one decision, one begin, one report ───────────────────────────────────────────────────────────────────────────

const ONCE: Readonly<Record<string, string>> = {
  'approval.approved': 'decision',
  'approval.denied': 'decision',
  'approval.expired': 'decision',
  'approval.cancelled': 'decision',
  'approval.auto_approved': 'decision',
  'action.begun': 'begin',
  'action.reported': 'report',
  'question.resolved': 'resolution',
  'question.expired': 'resolution',
  'question.cancelled': 'resolution',
  'ticket.resolved': 'resolution',
  'ticket.expired': 'resolution',
  'ticket.cancelled': 'resolution',
  'instruction.applied': 'answer',
  'instruction.declined': 'answer',
  'instruction.cancelled': 'answer',
}

function twoEvents(events: readonly EventView[]): readonly string[] {
  const found = new Map<string, EventView[]>()
  for (const event of events) {
    const step = Object.hasOwn(ONCE, event.type) ? ONCE[event.type] : undefined
    const id =
      approvalOf(event)?.id ?? ticketOf(event)?.id ?? textAt(objectAt(event.data, 'instruction'), 'id')
    if (step === undefined || id === undefined) continue
    const place = `${step} of ${id}`
    found.set(place, [...(found.get(place) ?? []), event])
  }
  return [...found].flatMap(([place, all]) =>
    all.length < 2
      ? []
      : [
          `Twice: the log holds more than one ${place}: ` +
            `${all.map(({ type, seq, by }) => `${type} by ${by} (seq ${seq})`).join(' and ')}.`,
        ],
  )
}

/** AP2: of two persons who decide one item, one is told that it was decided already. */
function twoDecisions(commands: readonly Command[]): readonly string[] {
  const found = new Map<string, Command[]>()
  for (const command of commands) {
    if (!/^(approval\.(approve|deny|respond)|ticket\.resolve)$/.test(command.name)) continue
    if (command.accepted.length > 0) {
      const id = String(command.body.id)
      found.set(id, [...(found.get(id) ?? []), command])
    }
  }
  return [...found].flatMap(([id, deciding]) =>
    deciding.length < 2
      ? []
      : [
          `Twice: ${id} was decided for ` +
            `${deciding.map(({ principal, name, key }) => `${principal} (${name}, key ${key})`).join(' and ')}.`,
        ],
  )
}

/** AU3: an outcome counts once. The bounds rest on what agents sent and were told, not on the server's own sums. */
function trustTwice({ commands, readBack }: IndexedHistory): readonly string[] {
  const asked = new Map<string, { sent: Set<string>; accepted: Set<string> }>()
  for (const { name, body, principal, accepted } of commands) {
    if (name !== 'action.report' || body.outcome !== 'success') continue
    const sums = asked.get(principal) ?? { sent: new Set(), accepted: new Set() }
    asked.set(principal, sums)
    sums.sent.add(String(body.id))
    if (accepted.length > 0) sums.accepted.add(String(body.id))
  }
  return [...readBack.agents].flatMap(([agent, view]) => {
    const sums = asked.get(agent)
    const counted = view.autonomy.successes
    const [least, most] = [sums?.accepted.size ?? 0, sums?.sent.size ?? 0]
    if (counted >= least && counted <= most) return []
    return [
      `Twice: ${agent} has ${counted} successes to its name, though it reported ${most} actions as successes and ` +
        `was told of ${least} that they count.`,
    ]
  })
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key)
  if (set) set.add(value)
  else map.set(key, new Set([value]))
}
