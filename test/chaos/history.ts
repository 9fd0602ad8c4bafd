/**
 * What clients saw of a control plane, over crashes on both sides. Everything here was noted by a client, outside the
 * server; what the server believes of itself counts only as far as it said so to somebody.
 * All times are ms of one machine's wall clock, which the server shares but for CLOCK_SLACK_MS.
 */
import {
  type AgentView,
  type ApprovalView,
  canonicalAction,
  type Digest,
  type Epoch,
  type EventView,
  type Refusal,
  type Role,
  type TicketView,
} from '@holdpoint/shared'

export type Observation = Sent | Answered | FeedOpened | FeedRead | Act

/** A request left, for the first time or again. */
export interface Sent {
  readonly kind: 'sent'
  readonly at: number
  /** The agent or the person whose token it was: idempotency keys belong to it (AP7). */
  readonly principal: string
  /** Ties an answer to its request; each sending has its own. */
  readonly exchange: string
  readonly name: string
  readonly body: Body
}

/** Its answer came. A request without one ended unknown to its sender. */
export interface Answered {
  readonly kind: 'answered'
  readonly at: number
  readonly exchange: string
  readonly answer: WireAnswer
}

export type Body = Readonly<Record<string, unknown>>
export type WireAnswer =
  | ({ readonly ok: true; readonly replayed?: boolean } & Body)
  | { readonly ok: false; readonly error: Refusal }

/** A console is in sync: what it holds covers the feed up to `seq`. A `reset` came as a snapshot. */
export interface FeedOpened extends FeedPlace {
  readonly kind: 'feed.opened'
  readonly at: number
  readonly seq: number
  readonly reset: boolean
}

/** A console was sent events, as an answer to `sync` or by themselves. */
export interface FeedRead extends FeedPlace {
  readonly kind: 'feed.read'
  readonly at: number
  readonly events: readonly EventView[]
}

export interface FeedPlace {
  readonly observer: string
  /** Counts the observer's connections. */
  readonly connection: number
  readonly storeEpoch: number
  readonly partition: string
}

/** The act itself, written down by the process that did it where a crash of anything leaves it. */
export interface Act {
  readonly kind: 'act'
  readonly at: number
  readonly agent: string
  readonly epoch: string
  readonly id: string
  readonly digest: string
}

/** What is found when everything has come to rest. */
export interface ReadBack {
  /** The whole of the log, by seq. */
  readonly events: readonly EventView[]
  /** By id; absent where the server knows none. */
  readonly approvals: ReadonlyMap<string, ApprovalView>
  readonly tickets: ReadonlyMap<string, TicketView>
  readonly agents: ReadonlyMap<string, AgentView>
}

export interface History {
  readonly observations: readonly Observation[]
  readonly readBack: ReadBack
  /** How long a lease is, ms: what a stop may take to bind (AG4). */
  readonly leaseMs: number
  /** What persons' tokens say; of who is not in it, nothing is. */
  readonly roles?: ReadonlyMap<string, Role>
  /** Absent where nothing is promised. */
  readonly timing?: Timing | undefined
}

/** PR2: how soon requests are answered. */
export interface Timing {
  /** With what the machine itself held everybody up. Unit: ms. */
  readonly answeredWithinMs: number
  /** When a node was frozen, that may have been asked. */
  readonly frozen: readonly Span[]
}

/** Times: ms of the wall clock. */
export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * How far the server's clock may seem to be from its clients', ms. It is the same one, but the store counts on by
 * monotonic time where the wall clock was set back, be it by a millisecond.
 */
export const CLOCK_SLACK_MS = 20

/** One sending with its answer. */
export interface Exchange extends Omit<Sent, 'kind'> {
  readonly answer?: WireAnswer | undefined
  readonly answeredAt?: number | undefined
}

/** Everything that went out under one key. */
export interface Command {
  readonly principal: string
  readonly key: string
  readonly name: string
  readonly body: Body
  readonly firstSentAt: number
  readonly exchanges: readonly Exchange[]
  /** Those that were answered with `ok`. */
  readonly accepted: readonly (Exchange & { readonly answer: Extract<WireAnswer, { ok: true }> })[]
}

/** A history with the look-ups that the checks share. */
export interface IndexedHistory extends History {
  readonly exchanges: readonly Exchange[]
  readonly commands: readonly Command[]
  readonly acts: readonly Act[]
  /** When some client first knew of an event, by seq. */
  readonly firstSeen: ReadonlyMap<number, number>
}

export function indexHistory(history: History): IndexedHistory {
  const { observations } = history
  const answers = new Map(
    observations.flatMap((one) => (one.kind === 'answered' ? [[one.exchange, one] as const] : [])),
  )
  const exchanges = observations.flatMap((one): Exchange[] => {
    if (one.kind !== 'sent') return []
    const answered = answers.get(one.exchange)
    return [{ ...one, answer: answered?.answer, answeredAt: answered?.at }]
  })
  return {
    ...history,
    exchanges,
    commands: commandsOf(exchanges),
    acts: observations.filter((one) => one.kind === 'act'),
    firstSeen: firstSeenOf(observations),
  }
}

function commandsOf(exchanges: readonly Exchange[]): readonly Command[] {
  const byKey = new Map<string, Exchange[]>()
  for (const exchange of exchanges) {
    const { key } = exchange.body
    if (typeof key !== 'string') continue
    const id = `${exchange.principal} ${key}`
    const group = byKey.get(id)
    if (group) group.push(exchange)
    else byKey.set(id, [exchange])
  }
  return [...byKey.values()].map((group) => {
    const sorted = group.sort((a, b) => a.at - b.at)
    const first = sorted[0] as Exchange
    return {
      principal: first.principal,
      key: String(first.body.key),
      name: first.name,
      body: first.body,
      firstSentAt: first.at,
      exchanges: sorted,
      accepted: sorted.filter(isAccepted),
    }
  })
}

const isAccepted = (exchange: Exchange): exchange is Command['accepted'][number] =>
  exchange.answer?.ok === true

function firstSeenOf(observations: readonly Observation[]): ReadonlyMap<number, number> {
  const seen = new Map<number, number>()
  const note = (at: number, events: readonly EventView[]): void => {
    for (const { seq } of events) seen.set(seq, Math.min(at, seen.get(seq) ?? at))
  }
  for (const one of observations) {
    if (one.kind === 'feed.read') note(one.at, one.events)
    // An operator hears of what it caused in the answer.
    if (one.kind === 'answered' && one.answer.ok && Array.isArray(one.answer.events))
      note(one.at, one.answer.events as readonly EventView[])
  }
  return seen
}

// ── what the wire's bodies and answers hold ───────────────────────────────────────────────────────────────────────

export const objectAt = (body: Body, key: string): Body | undefined => {
  const value = body[key]
  return typeof value === 'object' && value !== null ? (value as Body) : undefined
}

export const textAt = (body: Body | undefined, key: string): string | undefined => {
  const value = body?.[key]
  return typeof value === 'string' ? value : undefined
}

export const approvalOf = ({ data }: EventView): ApprovalView | undefined =>
  objectAt(data, 'approval') as ApprovalView | undefined

export const ticketOf = ({ data }: EventView): TicketView | undefined =>
  objectAt(data, 'ticket') as TicketView | undefined

/** The epoch that a request was sent under. */
export const epochOf = ({ body }: Pick<Exchange, 'body'>): Epoch | undefined =>
  textAt(body, 'epoch') as Epoch | undefined

/** The digest of what a request asks for, reckoned here and not taken from the server. */
export function askedDigest(body: Body): Digest | undefined {
  const bytes = canonicalAction(String(body.action), body.args)
  return bytes.ok ? bytes.value.digest : undefined
}

/** Short enough for a sentence. */
export const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

export const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 23)
