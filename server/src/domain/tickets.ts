import {
  canonicalAction,
  canonicalText,
  checkAnswer,
  counted,
  type Policy,
  refused,
  type TicketView,
} from '@holdpoint/shared'
import type { AgentDocument, Ticket } from './agent-document.ts'
import { moveTrust } from './autonomy.ts'
import type { AgentOwnCommand, PersonCommand } from './commands.ts'
import { contextBlob } from './context.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { heldRun, isRefused } from './guards.ts'
import { openItems, putTicket } from './items.ts'
import { pageAboutTicket } from './paging.ts'
import { pauseByRule } from './pausing.ts'
import { overQuota } from './quota.ts'
import { ticketView } from './views.ts'

type Asking = Extract<AgentOwnCommand, { type: 'question.ask' }>
type Raising = Extract<AgentOwnCommand, { type: 'escalation.raise' }>
type Resolving = Extract<PersonCommand, { type: 'ticket.resolve' }>

/** A form larger than this would swell the agent's document. */
const MAX_FORM_LENGTH = 4_096

/** ES5: a ticket with a form. Blocks by default, and costs no trust. */
export function askQuestion(draft: Draft, { body }: Asking): Decision<AgentDocument> {
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  const barred = unfitForm(body) ?? overCap(draft)
  if (barred) return draft.refuse(barred)
  const { at, ids, policy } = draft.facts
  const ticket = open(draft, {
    id: ids.item,
    kind: 'question',
    run: run.id,
    reason: 'question',
    priority: priorityOf(policy, 'user_request'),
    blocking: body.blocking ?? true,
    question: body.question,
    choices: body.choices,
    schema: body.schema,
    expiresAt: at + (body.timeoutMs ?? policy.escalation.questionTimeoutMs),
  })
  return draft.done({ ticket: ticketView(draft.doc, ticket) }, { holder: ticket.id })
}

function unfitForm({ choices, schema }: Asking['body']) {
  if (choices && schema) return refused('invalid', 'Ask with choices or with a schema, not with both.')
  return schema && canonicalText(schema).length > MAX_FORM_LENGTH
    ? refused('too_large', `The form is longer than ${MAX_FORM_LENGTH} characters.`)
    : undefined
}

/** ES1 as the agent reports it: opens a ticket where the thresholds or the reason say so. */
export function raiseEscalation(draft: Draft, { body }: Raising): Decision<AgentDocument> {
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  const context = contextBlob(draft, body.context)
  if (context && isRefused(context)) return draft.refuse(context)
  if (!opens(draft, body)) return draft.unchanged({ raised: false })
  const full = overCap(draft)
  if (full) return draft.refuse(full)
  const { at, ids, policy } = draft.facts
  const ticket = open(draft, {
    id: ids.item,
    kind: 'ticket',
    run: run.id,
    reason: body.reason,
    priority: mostUrgent(draft, body),
    blocking: body.blocking ?? false,
    contextDigest: context?.digest,
    confidence: body.confidence,
    risk: body.risk,
    expiresAt: at + policy.escalation.ticketTimeoutMs,
  })
  if (body.reason !== 'user_request') moveTrust(draft, draft.doc.id, { kind: 'escalation' })
  for (const reason of [body.reason, ...crossed(draft, body)]) pauseWhereAsked(draft, reason)
  return draft.done({ raised: true, ticket: ticketView(draft.doc, ticket) }, { holder: ticket.id })
}

/** ES1. A reason that has a threshold needs it met; a reason of the agent's own making is heard (priority 5). */
function opens(draft: Draft, body: Raising['body']): boolean {
  if (crossed(draft, body).length > 0 || draft.facts.policy.escalation.always.includes(body.reason))
    return true
  return !['uncertainty', 'high_risk', 'repeated_failures'].includes(body.reason)
}

/** ES1: the reasons whose thresholds are crossed by what is said, or by what is on record. */
function crossed({ doc, facts }: Draft, { confidence, risk }: Raising['body']): readonly string[] {
  const rules = facts.policy.escalation
  return [
    ...(confidence !== undefined && confidence < rules.confidenceBelow ? ['uncertainty'] : []),
    ...(risk !== undefined && risk > rules.riskAbove ? ['high_risk'] : []),
    ...(doc.autonomy.failuresInRow >= rules.failuresInRow ? ['repeated_failures'] : []),
  ]
}

/** By its reason; but whatever the agent calls it, a high risk is as urgent under any other name. */
function mostUrgent(draft: Draft, body: Raising['body']): number {
  const risky = crossed(draft, body).filter((reason) => reason === 'high_risk')
  return Math.min(...[body.reason, ...risky].map((reason) => priorityOf(draft.facts.policy, reason)))
}

const priorityOf = ({ escalation }: Policy, reason: string): number =>
  (Object.hasOwn(escalation.priorities, reason) ? escalation.priorities[reason] : undefined) ??
  escalation.otherPriority

function overCap(draft: Draft) {
  const cap = draft.facts.policy.caps.openItems
  if (openItems(draft.doc) < cap) return overQuota(draft)
  return refused('rate_limited', `${counted(cap, 'item is', 'items are')} open; wait until some are settled.`)
}

function open(draft: Draft, fields: Omit<Ticket, 'status' | 'opened'>): Ticket {
  const ticket: Ticket = { ...fields, status: 'open', opened: { at: draft.facts.at, by: draft.doc.id } }
  if (ticket.blocking) draft.move('item.opened')
  putTicket(draft, ticket, { type: `${ticket.kind}.opened`, by: draft.doc.id })
  draft.setDeadline(`ticket:${ticket.id}`, ticket.expiresAt)
  pageAboutTicket(draft, ticket)
  return draft.doc.tickets.find((one) => one.id === ticket.id) ?? ticket
}

/** What a ticket that the server opens is about, and what it says of it; `approvals` where it is about more than one. */
type SystemContext = {
  readonly about: string
  readonly approval?: string | undefined
  readonly approvals?: readonly { readonly id: string }[] | undefined
} & Readonly<Record<string, unknown>>

/** As many open tickets of each reason as an agent can bring about. What it may do often must not hide what it does once. */
const PLACES_PER_REASON = 8

/**
 * Has people told about the agent (ES1), which costs it trust. The same reason about the same thing folds into the ticket
 * that stands. So does, counted and on record, what finds no place any more: each reason has some of its own, and the
 * urgent ones (priority 1 and 2) have all that are left. The agent's own cap does not count: it could fill that to hide
 * this. True where a ticket of its own tells of it from now on.
 */
export function openSystemTicket(draft: Draft, reason: string, context: SystemContext): boolean {
  const { at, policy } = draft.facts
  const { about, approval, approvals } = context
  const opened = draft.doc.tickets.filter((one) => one.opened.by === 'system')
  const alike = opened.filter((one) => one.reason === reason)
  if (alike.some((one) => one.about === about)) {
    // it stands since before somebody let the agent go on
    pauseWhereAsked(draft, reason)
    return false
  }
  const priority = priorityOf(policy, reason)
  const most = policy.caps.unreported
  const hasPlace = alike.length < Math.min(PLACES_PER_REASON, most) || (priority <= 2 && opened.length < most)
  const id = hasPlace ? freshId(draft) : undefined
  if (id === undefined) {
    foldIn(draft, reason, context, alike.at(-1))
    return false
  }
  const kept = contextBlob(draft, context)
  const ticket: Ticket = {
    id,
    kind: 'ticket',
    run: draft.doc.run?.id,
    reason,
    about,
    approval,
    approvals: approvals?.map((one) => one.id),
    priority,
    status: 'open',
    blocking: false,
    contextDigest: kept && !isRefused(kept) ? kept.digest : undefined,
    opened: { at, by: 'system' },
    expiresAt: at + policy.escalation.ticketTimeoutMs,
  }
  putTicket(draft, ticket, { type: 'ticket.opened', by: 'system' })
  draft.setDeadline(`ticket:${ticket.id}`, ticket.expiresAt)
  pageAboutTicket(draft, ticket)
  moveTrust(draft, 'system', { kind: 'escalation' })
  pauseWhereAsked(draft, reason)
  return true
}

/** ES1, ES4: where policy says so a ticket of this reason pauses its agent, in the commit that opens it. */
function pauseWhereAsked(draft: Draft, reason: string): void {
  if (draft.facts.policy.escalation.pauseOn?.includes(reason))
    pauseByRule(draft, { reason: `Policy pauses on ${reason}.`, on: reason })
}

const freshId = ({ doc, facts }: Draft): string | undefined =>
  facts.ids.tickets.find((fresh) => !doc.tickets.some((one) => one.id === fresh))

/** No ticket of its own; it is counted on the newest of its reason, and the log says what it was. */
function foldIn(draft: Draft, reason: string, context: SystemContext, into: Ticket | undefined): void {
  const says = { type: 'ticket.repeated', by: 'system' }
  if (into) putTicket(draft, { ...into, repeats: (into.repeats ?? 0) + 1 }, { ...says, more: { context } })
  else draft.log(says.type, says.by, { reason, context })
  moveTrust(draft, 'system', { kind: 'escalation' })
  pauseWhereAsked(draft, reason)
}

/** Errors: `not_found`, `already_decided`. */
export function acknowledge(
  draft: Draft,
  { id, by }: Extract<PersonCommand, { type: 'ticket.acknowledge' }>,
): Decision<AgentDocument> {
  return change(draft, id, (ticket) => {
    if (ticket.status === 'acknowledged') return ticket
    const acknowledged: Ticket = {
      ...ticket,
      status: 'acknowledged',
      acknowledged: { at: draft.facts.at, by: by.id },
      assignee: ticket.assignee ?? by.id,
    }
    putTicket(draft, acknowledged, { type: `${ticket.kind}.acknowledged`, by: by.id })
    return draft.doc.tickets.find((one) => one.id === id) ?? acknowledged
  })
}

/** Errors: `not_found`, `already_decided`, and why it can't be theirs. */
export function assign(
  draft: Draft,
  { id, assignee, missing, by }: Extract<PersonCommand, { type: 'ticket.assign' }>,
): Decision<AgentDocument> {
  if (missing) return draft.refuse({ error: missing })
  return change(draft, id, (ticket) => {
    const assigned: Ticket = { ...ticket, assignee }
    putTicket(draft, assigned, { type: `${ticket.kind}.assigned`, by: by.id })
    return assigned
  })
}

function change(draft: Draft, id: string, to: (ticket: Ticket) => Ticket): Decision<AgentDocument> {
  const ticket = draft.doc.tickets.find((one) => one.id === id)
  if (!ticket) return draft.refuse(gone(draft, id))
  if (isDue(draft, ticket)) return late(draft, ticket)
  return draft.unchanged({ ticket: ticketView(draft.doc, to(ticket)) })
}

/** ES3, ES5: the answer must fit the question's form; an action is advice to the agent. */
export function resolve(
  draft: Draft,
  { body, by }: Resolving,
  resolvedTo: (ticket: Ticket) => void = () => {},
): Decision<AgentDocument> {
  const ticket = draft.doc.tickets.find((one) => one.id === body.id)
  if (!ticket) return draft.refuse(gone(draft, body.id))
  if (isDue(draft, ticket)) return late(draft, ticket)
  const unfit = unfitResolution(ticket, body)
  if (unfit) return draft.refuse(unfit)
  const resolved: Ticket = {
    ...ticket,
    status: 'resolved',
    closed: { at: draft.facts.at, by: by.id },
    resolution: body.resolution,
    answer: body.answer,
    action: body.action && { action: body.action.action, args: body.action.args },
  }
  closeTicket(draft, resolved, `${ticket.kind}.resolved`, by.id)
  resolvedTo(resolved)
  return draft.done({ ticket: ticketView(draft.doc, resolved) }, { notAfter: ticket.expiresAt })
}

function unfitResolution(ticket: Ticket, { answer, resolution, action }: Resolving['body']) {
  if (ticket.kind === 'question') {
    if (answer === undefined) return refused('invalid', 'A question needs an answer.')
    const fits = checkAnswer(ticket, answer)
    if (!fits.ok) return fits
  } else {
    if (answer !== undefined) return refused('invalid', 'Only a question takes an answer.')
    if (resolution === undefined && action === undefined)
      return refused('invalid', 'Say how it was resolved, or give the agent an action.')
  }
  const bytes = action && canonicalAction(action.action, action.args)
  return bytes && !bytes.ok ? bytes : undefined
}

const isDue = ({ facts }: Draft, { expiresAt }: Ticket): boolean => facts.at >= expiresAt

function late(draft: Draft, ticket: Ticket): Decision<AgentDocument> {
  const standing = expire(draft, ticket)
  return draft.refuse(refused('expired', undefined, { standing: ticketView(draft.doc, standing) }))
}

function gone(draft: Draft, id: string): ReturnType<typeof refused> {
  const standing = draft.standing(id) as TicketView | undefined
  if (!standing) return refused('not_found')
  return refused(standing.status === 'expired' ? 'expired' : 'already_decided', undefined, { standing })
}

function expire(draft: Draft, ticket: Ticket): Ticket {
  const expired: Ticket = { ...ticket, status: 'expired', closed: { at: draft.facts.at, by: 'system' } }
  closeTicket(draft, expired, `${ticket.kind}.expired`, 'system')
  return expired
}

export function expireTicketIfDue(draft: Draft, id: string): Decision<AgentDocument> {
  const ticket = draft.doc.tickets.find((one) => one.id === id)
  if (ticket && isDue(draft, ticket)) expire(draft, ticket)
  return draft.unchanged()
}

/** Cancelled with its run (ES3). */
export const cancelTicket = (draft: Draft, ticket: Ticket): void =>
  closeTicket(
    draft,
    { ...ticket, status: 'cancelled', closed: { at: draft.facts.at, by: 'system' } },
    `${ticket.kind}.cancelled`,
    'system',
  )

function closeTicket(draft: Draft, ticket: Ticket, type: string, by: string): void {
  if (ticket.blocking) draft.move('item.settled')
  putTicket(draft, ticket, { type, by, tell: true })
}
