import { type ConnectionStatus, HoldpointError, type OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalView, type EventView, type Policy, SECOND, type TicketView } from '@holdpoint/shared'
import { computed, effect, signal, untracked } from '@preact/signals'
import { approvalItem, type Item, itemsOf, ticketItem, waitsFor } from '../model/items.ts'
import { approvalOutcome, type Outcome, ticketOutcome } from '../model/outcomes.ts'
import { isBarredAsOwner } from './barred.ts'
import { ofPerson } from './of-person.ts'
import { session } from './session.ts'

/** How often at most the page is drawn anew for what comes in: calm to read, and cheap at sixty updates a second. */
const DRAW_EVERY_MS = 120
const KEPT_OUTCOMES = 3_000
const READ_AGAIN_AFTER_MS = 5_000

/** Counts what came in. Whoever reads the replica reads this first, to be drawn anew. */
const version = signal(0)
const presence = signal(0)
const gaze = signal(0)

/** The server's clock, ms; moves each second. */
export const now = signal(Date.now())
export const connection = signal<ConnectionStatus>({ status: 'reconnecting', since: Date.now() })
export const policy = ofPerson<Policy | undefined>(undefined)

/** How items ended, as far as this page was told or asked, by id; each as it stands since. */
const ended = new Map<string, { readonly item: Item; readonly outcome: Outcome }>()

export const isLive = computed(() => connection.value.status === 'live')
/** Whether what is sent gets there, if late: enough for what halts agents, which no news makes wrong. */
export const isConnected = computed(() => isLive.value || connection.value.status === 'silent')

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
  return ended.get(id)?.outcome
}

/** The item of this id as it stands, whether it waits or has ended; undefined where this page was told of neither. */
export function itemOf(id: string): Item | undefined {
  const { approvals, tickets } = replica() ?? {}
  const approval = approvals?.get(id)
  if (approval) return approvalItem(approval)
  const ticket = tickets?.get(id)
  return ticket ? ticketItem(ticket) : ended.get(id)?.item
}

/**
 * Asks how an item ended that waits no longer: it ended while this page was away, or before it came. Resolves with
 * whether it was found. Errors: as reads of the client.
 */
export async function askEnd(client: OperatorClient, id: string): Promise<boolean> {
  const found = await client
    .approval(id)
    .then(approvalItem, (error: unknown) => {
      if (isNotFound(error)) return client.ticket(id).then(ticketItem)
      throw error
    })
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
  // they may have left, and somebody else have come
  if (session.peek()?.client !== client) return false
  if (found && keep(found)) version.value += 1
  return found !== undefined
}

/** An address may also hold what is no id at all. */
const isNotFound = (error: unknown): boolean =>
  error instanceof HoldpointError && (error.code === 'not_found' || error.code === 'invalid')

export const items = computed(() => {
  const known = replica()
  return known ? itemsOf(known) : []
})

/** What waits for this person and can still be decided. */
export const mine = computed(() => {
  const { person } = session.value ?? {}
  if (!person) return []
  return items.value.filter(
    (item) => !isBarredAsOwner(item.id) && waitsFor(person, item, policy.value, now.value),
  )
})

/** Told of every fact as it comes, before the page is drawn. */
const listeners = new Set<(event: EventView) => void>()
export function onEvent(listener: (event: EventView) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Told when the store has come back with another history (PR4): what was known of the lost one counts no more. */
const rewriting = new Set<() => void>()
export function onRewritten(forget: () => void): void {
  rewriting.add(forget)
}
onRewritten(() => ended.clear())

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
    if (change.kind === 'connection') {
      const wasLive = isLive.peek()
      connection.value = change.connection
      // another may have been activated while this page was away
      if (isLive.peek() && !wasLive) readPolicy(client)
    }
    if (change.kind === 'snapshot' && change.rewritten) for (const forget of rewriting) forget()
    if (change.kind === 'events') for (const event of change.events) take(event)
    if (change.kind === 'events' && change.events.some(({ type }) => type === 'policy.activated'))
      readPolicy(client)
    if (change.kind !== 'presence') facts = true
    drawSoon()
  })
  const endOrders = client.followOrders()
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
    endOrders()
    clearTimeout(readingAgain)
    clearTimeout(drawing)
    clearTimeout(ticking)
  }
}

/** When the next of what waits expires: its buttons go at that moment, not with the next second. */
const nextEnd = (): number =>
  items.peek().find(({ deadline }) => deadline > now.peek())?.deadline ?? Number.MAX_SAFE_INTEGER

let readingAgain: ReturnType<typeof setTimeout> | undefined

/**
 * Without it, only what an admin may release counts as mine. Where it can't be read, what was known of it stays, for the
 * server decides by its own, and it is read again until there is an answer.
 */
function readPolicy(client: OperatorClient): void {
  clearTimeout(readingAgain)
  const isMine = () => session.peek()?.client === client
  client.policy().then(
    (found) => {
      if (isMine()) policy.value = found
    },
    () => {
      // with the next connection it is read anyway
      const again = () => void (isMine() && isLive.peek() && readPolicy(client))
      if (isMine()) readingAgain = setTimeout(again, READ_AGAIN_AFTER_MS)
    },
  )
}

function take(event: EventView): void {
  const { approval, ticket } = event.data as { approval?: ApprovalView; ticket?: TicketView }
  if (approval) keep(approvalItem(approval))
  if (ticket) keep(ticketItem(ticket))
  for (const listener of listeners) listener(event)
}

/** Whether it has ended. */
function keep(item: Item): boolean {
  const outcome = item.kind === 'approval' ? approvalOutcome(item.view) : ticketOutcome(item.view)
  if (!outcome) return false
  ended.set(item.id, { item, outcome })
  const oldest = ended.keys().next()
  if (ended.size > KEPT_OUTCOMES && !oldest.done) ended.delete(oldest.value)
  return true
}
