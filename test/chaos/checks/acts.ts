import type { ApprovalView, EventView } from '@holdpoint/shared'
import { type Act, approvalOf, CLOCK_SLACK_MS, clock, type IndexedHistory } from '../history.ts'

/** AG4: what a stop may take to bind beyond the lease: 0.2 % for the clock's rate, and slack, ms. */
const RATE = 1.002
const SLACK_MS = 50

/** AP9, AG4: nothing was done without a valid release, before its begin, twice, or by an agent that was held. */
export function checkActs(history: IndexedHistory): readonly string[] {
  return [
    ...actedTwice(history.acts),
    ...unreleasedIn(history),
    ...begunTooSoonIn(history),
    ...whileHeld(history),
  ]
}

const told = ({ id, agent, epoch, at }: Act): string =>
  `${agent} (epoch ${epoch}) acted on ${id} at ${clock(at)}`

function actedTwice(acts: readonly Act[]): readonly string[] {
  const byId = new Map<string, Act[]>()
  for (const act of acts) byId.set(act.id, [...(byId.get(act.id) ?? []), act])
  return [...byId].flatMap(([id, all]) =>
    all.length < 2 ? [] : [`Acted twice: ${id}: ${all.map(told).join(', and ')}.`],
  )
}

function unreleasedIn({ acts, readBack }: IndexedHistory): readonly string[] {
  const order = orderOf(readBack.events)
  return acts.flatMap((act) => {
    const view = readBack.approvals.get(act.id)
    if (!view) return [`Unreleased: ${told(act)}, and nobody knows that approval.`]
    const broken = whyNot(act, view, order.get(act.id))
    return broken ? [`Unreleased: ${told(act)}, though ${broken}.`] : []
  })
}

/** What was begun is to be acted on, whether anybody did. */
function begunTooSoonIn({ acts, readBack }: IndexedHistory): readonly string[] {
  const order = orderOf(readBack.events)
  const acted = new Set(acts.map(({ id }) => id))
  return [...readBack.approvals.values()].flatMap((view) => {
    if (!view.stages.begun || acted.has(view.id)) return []
    const broken = whyNotBegun(view, order.get(view.id))
    return broken ? [`Unreleased: ${view.agent} was let begin ${view.id}, though ${broken}.`] : []
  })
}

/** Where in the log an item was released and begun. */
interface Order {
  released?: number
  begun?: number
}

/** Two nodes' readings of the store's clock may differ by some ms: what came first is for the log to say. */
function orderOf(events: readonly EventView[]): ReadonlyMap<string, Order> {
  const order = new Map<string, Order>()
  for (const event of events) {
    const id = approvalOf(event)?.id
    if (id === undefined) continue
    const known = order.get(id) ?? {}
    if (event.type === 'approval.approved' || event.type === 'approval.auto_approved')
      known.released = event.seq
    if (event.type === 'action.begun') known.begun = event.seq
    order.set(id, known)
  }
  return order
}

const begunTooSoon = ({ released, begun }: Order, times: { decided: number; begun: number }): boolean =>
  released !== undefined && begun !== undefined ? begun < released : times.begun < times.decided

/** By the server's own times and by the agent's: they are one clock here. */
function whyNot(act: Act, view: ApprovalView, order: Order | undefined): string | undefined {
  const broken = whyNotBegun(view, order)
  if (broken) return broken
  const begun = ms(view.stages.begun?.at) ?? 0
  if (act.at < begun - CLOCK_SLACK_MS) return `its begin at ${clock(begun)} came later`
  return act.digest === view.digest
    ? undefined
    : `the bytes released were others (${act.digest}, not ${view.digest})`
}

function whyNotBegun(view: ApprovalView, order: Order = {}): string | undefined {
  const { status, stages, expiresAt, useBy } = view
  if (status !== 'approved' && status !== 'auto_approved') return `it was ${status}`
  const decided = ms(stages.decided?.at)
  const begun = ms(stages.begun?.at)
  if (decided === undefined) return 'nobody had decided it'
  if (begun === undefined) return 'it was never begun'
  if (status === 'approved' && decided >= (ms(expiresAt) ?? Number.POSITIVE_INFINITY))
    return `it was released at ${clock(decided)}, after its expiry at ${expiresAt}`
  if (begunTooSoon(order, { decided, begun }))
    return `it was begun at ${clock(begun)}, before its release at ${clock(decided)}`
  if (begun >= (ms(useBy) ?? Number.POSITIVE_INFINITY))
    return `it was begun at ${clock(begun)}, when its release could no longer be used (${useBy})`
  return undefined
}

const ms = (timestamp: string | undefined): number | undefined =>
  timestamp === undefined ? undefined : Date.parse(timestamp)

interface Hold {
  readonly event: EventView
  /** When some client knew of it: its commit was earlier. */
  readonly from: number
  /** When it was decided that the agent may go on. */
  to: number
}

function whileHeld(history: IndexedHistory): readonly string[] {
  const holds = holdsOf(history)
  const bound = history.leaseMs * RATE + SLACK_MS
  return history.acts.flatMap((act) =>
    (holds.get(act.agent) ?? [])
      .filter(({ from, to }) => act.at > from + bound && act.at < to - CLOCK_SLACK_MS)
      .map(
        ({ event, from }) =>
          `Held: ${told(act)}, ${Math.round(act.at - from)} ms after ${event.type} (seq ${event.seq}) was known, ` +
          `where ${Math.round(bound)} ms are the bound.`,
      ),
  )
}

function holdsOf({ readBack, firstSeen }: IndexedHistory): ReadonlyMap<string, readonly Hold[]> {
  const holds = new Map<string, Hold[]>()
  for (const event of readBack.events) {
    if (event.agent === undefined || approvalOf(event)) continue
    const known = holds.get(event.agent) ?? []
    holds.set(event.agent, known)
    if (event.type === 'agent.resumed' || event.type === 'agent.started')
      for (const hold of known) hold.to = Math.min(hold.to, Date.parse(event.at))
    const from = firstSeen.get(event.seq)
    if ((event.type === 'agent.paused' || event.type === 'agent.stopped') && from !== undefined)
      known.push({ event, from, to: Number.POSITIVE_INFINITY })
  }
  return holds
}
