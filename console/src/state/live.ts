import type { ConnectionStatus, OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalView, type EventView, type Policy, SECOND, type TicketView } from '@holdpoint/shared'
import { computed, effect, signal, untracked } from '@preact/signals'
import { itemsOf, waitsFor } from '../model/items.ts'
import { approvalOutcome, type Outcome, ticketOutcome } from '../model/outcomes.ts'
import { ofPerson } from './of-person.ts'
import { session } from './session.ts'

/** How often at most the page is drawn anew for what comes in: calm to read, and cheap at sixty updates a second. */
const DRAW_EVERY_MS = 120
const KEPT_OUTCOMES = 3_000

/** Counts what came in. Whoever reads the replica reads this first, to be drawn anew. */
const version = signal(0)
const presence = signal(0)
const gaze = signal(0)

/** The server's clock, ms; moves each second. */
export const now = signal(Date.now())
export const connection = signal<ConnectionStatus>({ status: 'reconnecting', since: Date.now() })
export const policy = ofPerson<Policy | undefined>(undefined)

/** How items ended while this page watched, by id. */
const ended = new Map<string, Outcome>()

export const isLive = computed(() => connection.value.status === 'live')

export function replica() {
  void version.value
  return session.value?.client.replica
}

export function agentViews() {
  void presence.value
  return replica()?.agents
}

/** Who else looks at an item now. */
export function onlookersOf(id: string): readonly string[] {
  void gaze.value
  const { client, person } = session.value ?? {}
  return client?.replica.onlookers.get(id)?.filter((one) => one !== person?.id) ?? []
}

export function outcomeOf(id: string): Outcome | undefined {
  void version.value
  return ended.get(id)
}

export const items = computed(() => {
  const known = replica()
  return known ? itemsOf(known) : []
})

/** What waits for this person and can still be decided. */
export const mine = computed(() => {
  const { person } = session.value ?? {}
  return person ? items.value.filter((item) => waitsFor(person, item, policy.value, now.value)) : []
})

/** Told of every fact as it comes, before the page is drawn. */
const listeners = new Set<(event: EventView) => void>()
export function onEvent(listener: (event: EventView) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Follows the session's replica; returns nothing, for it lasts as long as the page. */
export function followReplica(): void {
  effect(() => {
    const { client } = session.value ?? {}
    if (!client) return
    ended.clear()
    return untracked(() => follow(client))
  })
}

function follow(client: OperatorClient): () => void {
  let drawing: ReturnType<typeof setTimeout> | undefined
  let facts = false
  const drawSoon = () => {
    drawing ??= setTimeout(() => {
      drawing = undefined
      if (facts) version.value += 1
      else presence.value += 1
      facts = false
    }, DRAW_EVERY_MS)
  }
  const stop = client.onChange((change) => {
    if (change.kind === 'onlookers') {
      gaze.value += 1
      return
    }
    if (change.kind === 'connection') connection.value = change.connection
    if (change.kind === 'events') for (const event of change.events) take(event)
    if (change.kind === 'events' && change.events.some(({ type }) => type === 'policy.activated'))
      readPolicy(client)
    if (change.kind !== 'presence') facts = true
    drawSoon()
  })
  readPolicy(client)
  connection.value = client.connection
  version.value += 1
  let ticking: ReturnType<typeof setTimeout>
  const tick = () => {
    now.value = client.serverNow()
    ticking = setTimeout(tick, Math.max(1, Math.min(SECOND - (now.value % SECOND), nextEnd() - now.value)))
  }
  tick()
  return () => {
    stop()
    clearTimeout(drawing)
    clearTimeout(ticking)
  }
}

/** When the next of what waits expires: its buttons go at that moment, not with the next second. */
const nextEnd = (): number =>
  items.peek().find(({ deadline }) => deadline > now.peek())?.deadline ?? Number.MAX_SAFE_INTEGER

/** Without it, only what an admin may release counts as mine. */
function readPolicy(client: OperatorClient): void {
  client.policy().then(
    (found) => {
      policy.value = found
    },
    () => {}, // the next sign-in, or the next policy, asks again
  )
}

function take(event: EventView): void {
  const { approval, ticket } = event.data as { approval?: ApprovalView; ticket?: TicketView }
  if (approval) keep(approval.id, approvalOutcome(approval))
  if (ticket) keep(ticket.id, ticketOutcome(ticket))
  for (const listener of listeners) listener(event)
}

function keep(id: string, outcome: Outcome | undefined): void {
  if (!outcome) return
  ended.set(id, outcome)
  const oldest = ended.keys().next()
  if (ended.size > KEPT_OUTCOMES && !oldest.done) ended.delete(oldest.value)
}
