import { onCallAt } from '@holdpoint/shared'
import { type AgentDocument, type Approval, changed, type Ticket } from './agent-document.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { putApproval, putTicket } from './items.ts'
import { send } from './outbox.ts'
import type { About, Outgoing, Recipient } from './outgoing.ts'
import { type EscalationPolicy, planOf } from './page.ts'
import type { Page } from './page-view.ts'

/** ES2: tells people about a ticket as its priority asks; what policy lists no escalation policy for only waits. */
export function pageAboutTicket(draft: Draft, { id, priority }: Ticket): void {
  const { byPriority } = draft.facts.policy.paging
  const name = byPriority[String(priority) as keyof typeof byPriority]
  if (name !== undefined) begin(draft, { kind: 'ticket', id }, name)
}

/** AP12: tells people of an approval, and goes on to the next step at half of its time. */
export function pageAboutApproval(draft: Draft, { id, action, expiresAt }: Approval): void {
  const { catalogue, unlisted, paging } = draft.facts.policy
  const entry = (Object.hasOwn(catalogue, action) ? catalogue[action] : undefined) ?? unlisted
  const name = entry.escalation ?? paging.approvals
  if (name === undefined) return
  const { at } = draft.facts
  const half = expiresAt === undefined ? undefined : at + Math.ceil((expiresAt - at) / 2)
  begin(draft, { kind: 'approval', id }, name, half)
}

function begin(draft: Draft, about: About, policy: string, halfAt?: number): void {
  const page: Page = {
    policy,
    status: 'paging',
    step: 0,
    round: 0,
    turn: 0,
    since: draft.facts.at,
    halfAt,
    told: [],
    reached: false,
    channels: [],
  }
  take(draft, about, page)
}

/** The page's deadline: nobody acknowledged in time. */
export function advanceIfDue(draft: Draft, id: string): Decision<AgentDocument> {
  const paged = find(draft, id)
  const { page } = paged ?? {}
  if (paged && page?.status === 'paging' && page.nextAt !== undefined && draft.facts.at >= page.nextAt) {
    goOn(draft, paged.about, { ...page, halfAt: undefined })
    if (page.halfAt !== undefined) remind(draft, paged.about, page)
  }
  return draft.unchanged()
}

/** AP12: at half of its time those who were told until then hear once more that it waits, unless it is their turn again. */
function remind(draft: Draft, about: About, { told, turn }: Page): void {
  const now = find(draft, about.id)?.page
  const anew = now && now.turn > turn ? now.told.map((one) => JSON.stringify(one)) : []
  for (const [n, to] of told.entries())
    if (!anew.includes(JSON.stringify(to)))
      send(draft, { id: `${about.id}.${turn}.${n}.reminder`, about, says: 'page', reminds: true, to, turn })
}

/**
 * What a try to tell somebody came to, for the page: where nobody at all could be reached, the next step need not wait
 * for the time to acknowledge. A new round does: it would find the same channels dead.
 */
export function noteTried(
  draft: Draft,
  { about, turn }: Outgoing,
  result: { readonly reached: boolean; readonly again: boolean },
): void {
  const paged = find(draft, about.id)
  const page = paged?.page
  if (!paged || page?.status !== 'paging' || page.turn !== turn || page.reached) return
  if (result.reached) {
    keep(draft, about, { ...page, reached: true })
    return
  }
  const waits = (draft.doc.outbox ?? []).some(
    (one) => one.about.id === about.id && one.turn === turn && one.says === 'page',
  )
  const steps = planOf(draft.facts.policy, page.policy)?.steps.length ?? 0
  if (result.again || waits) return
  if (page.step + 1 < steps) goOn(draft, about, page)
  else if (page.turn === 1 && endsHere(draft, page)) nobody(draft, about, page, undefined)
}

/** A person may have been told through a channel where somebody waits to hear how it ends: that will be said there too. */
export function noteChannels(draft: Draft, about: About, names: readonly string[]): void {
  const page = find(draft, about.id)?.page
  const channels = [...new Set([...(page?.channels ?? []), ...names])]
  if (page?.status === 'paging' && channels.length > page.channels.length)
    keep(draft, about, { ...page, channels })
}

/** No round comes after this one: that nobody was reached is all there will be to say. */
const endsHere = ({ facts }: Draft, page: Page): boolean =>
  page.round >= (planOf(facts.policy, page.policy)?.repeats ?? 0)

/** The next step; after the last, the first again, as often as the escalation policy says. */
function goOn(draft: Draft, about: About, page: Page): void {
  const plan = planOf(draft.facts.policy, page.policy)
  if (plan && page.step + 1 < plan.steps.length) take(draft, about, { ...page, step: page.step + 1 })
  else if (plan && page.round < plan.repeats) take(draft, about, { ...page, step: 0, round: page.round + 1 })
  else {
    draft.clearDeadline(`page:${about.id}`)
    put(draft, about, { ...page, status: 'exhausted', nextAt: undefined }, 'unanswered')
  }
}

/** Takes the page's step, or the next one that reaches anybody. */
function take(draft: Draft, about: About, page: Page): void {
  const { at, policy } = draft.facts
  const plan = planOf(policy, page.policy)
  const found = plan && firstWithAnybody(draft, plan, page.step)
  if (!plan || !found) {
    nobody(draft, about, page, plan)
    return
  }
  const turn = page.turn + 1
  const dueAt = page.halfAt ?? at + found.acknowledgeWithinMs
  const channels = found.told.flatMap((to) => ('channel' in to ? [to.channel] : []))
  for (const [n, to] of found.told.entries())
    send(draft, { id: `${about.id}.${turn}.${n}`, about, says: 'page', to, turn })
  draft.setDeadline(`page:${about.id}`, dueAt)
  const taken: Page = {
    ...page,
    step: found.step,
    turn,
    since: at,
    nextAt: dueAt,
    told: found.told,
    reached: false,
    channels: [...new Set([...page.channels, ...channels])],
  }
  put(draft, about, taken, 'paged')
}

/** Nobody is to be told from this step on; before it there may be somebody, in the next round. */
function nobody(draft: Draft, about: About, page: Page, plan: EscalationPolicy | undefined): void {
  if (plan && page.step > 0) {
    goOn(draft, about, { ...page, step: plan.steps.length })
    return
  }
  draft.clearDeadline(`page:${about.id}`)
  put(draft, about, { ...page, status: 'unreachable', told: [], nextAt: undefined }, 'unreachable')
}

function firstWithAnybody(draft: Draft, { steps }: EscalationPolicy, from: number) {
  for (const [step, { notify, acknowledgeWithinMs }] of steps.entries()) {
    const told = step < from ? [] : recipients(draft, notify)
    if (told.length > 0) return { step, told, acknowledgeWithinMs }
  }
  return undefined
}

/** Whom these targets come to now; each once. */
function recipients(
  { facts }: Draft,
  targets: EscalationPolicy['steps'][number]['notify'],
): readonly Recipient[] {
  const { at, policy, overrides } = facts
  // where there is no channel at all, nobody can be told: said once, and not once more for each of them
  if (Object.keys(policy.channels).length === 0) return []
  const all = targets.flatMap((target): Recipient[] => {
    if (!('schedule' in target)) return [target]
    const { schedule: name } = target
    const schedule = Object.hasOwn(policy.schedules, name) ? policy.schedules[name] : undefined
    if (!schedule) return []
    const own = overrides.filter((one) => one.schedule === name)
    return [{ person: onCallAt(schedule, own, at).person }]
  })
  const keys = all.map((one) => JSON.stringify(one))
  return all.filter((_, n) => keys.indexOf(JSON.stringify(all[n])) === n)
}

/** The open item that is paged about. */
function find({ doc }: Draft, id: string) {
  const ticket = doc.tickets.find((one) => one.id === id)
  if (ticket) return { about: { kind: 'ticket', id } as const, page: ticket.page }
  const approval = doc.approvals.find((one) => one.id === id && one.status === 'pending')
  return approval && { about: { kind: 'approval', id } as const, page: approval.page }
}

/** Writes the page on its item, and a fact of it. */
function put(
  draft: Draft,
  { kind, id }: About,
  page: Page,
  what: 'paged' | 'unanswered' | 'unreachable',
): void {
  const ticket = kind === 'ticket' && draft.doc.tickets.find((one) => one.id === id)
  if (ticket) putTicket(draft, { ...ticket, page }, { type: `${ticket.kind}.${what}`, by: 'system' })
  const approval = kind === 'approval' && draft.doc.approvals.find((one) => one.id === id)
  if (approval) putApproval(draft, changed(approval, { page }), { type: `approval.${what}`, by: 'system' })
}

/** Writes the page on its item; nobody needs to be told of it. */
function keep(draft: Draft, { kind, id }: About, page: Page): void {
  const { approvals, tickets } = draft.doc
  if (kind === 'ticket')
    draft.update({ tickets: tickets.map((one) => (one.id === id ? { ...one, page } : one)) })
  else draft.update({ approvals: approvals.map((one) => (one.id === id ? changed(one, { page }) : one)) })
}
