import type { HistoryQuery } from '@holdpoint/client/operator'
import { type ApprovalView, type EventView, MINUTE, SECOND } from '@holdpoint/shared'

/** One decision of a person. Units: ms; times since the epoch. */
export interface Decision {
  readonly id: string
  readonly by: string
  readonly at: number
  readonly what: 'approved' | 'denied' | 'answered'
  readonly rules: readonly string[]
  /** From the request to the decision. */
  readonly tookMs: number
  /** From when it was first on a screen to the decision. */
  readonly lookedMs: number | undefined
}

/** As many facts of each sort as are looked through. */
const MOST = 10_000

export interface DecisionFacts {
  readonly events: readonly EventView[]
  /** There are more than were read: what is counted is a part, and says nothing of shares. */
  readonly partial: boolean
}

/** Reads what persons decided since a time, as much of it as there is a connection and room for. */
export async function readDecisions(
  history: (query: HistoryQuery) => AsyncIterable<EventView>,
  from: string,
): Promise<DecisionFacts> {
  const events: EventView[] = []
  let partial = false
  for (const type of ['approval.denied', 'approval.approved']) {
    let read = 0
    try {
      for await (const event of history({ type, from, limit: 500 })) {
        if (read === MOST) {
          partial = true
          break
        }
        events.push(event)
        read += 1
      }
    } catch {
      partial = true
    }
  }
  return { events, partial }
}

/** What persons decided, out of the log; each approval once. */
export function decisionsOf(events: Iterable<EventView>): readonly Decision[] {
  const decisions = new Map<string, Decision>()
  for (const { type, data } of events) {
    if (type !== 'approval.approved' && type !== 'approval.denied') continue
    const view = data.approval as ApprovalView | undefined
    const decided = view?.stages.decided
    if (!view || !decided || view.decidedBy === undefined || view.decidedBy === 'policy') continue
    const at = Date.parse(decided.at)
    decisions.set(view.id, {
      id: view.id,
      by: view.decidedBy,
      at,
      what: type === 'approval.approved' ? 'approved' : view.response === undefined ? 'denied' : 'answered',
      rules: view.rules,
      tookMs: at - Date.parse(view.stages.queued.at),
      lookedMs: view.stages.seen && at - Date.parse(view.stages.seen.at),
    })
  }
  return [...decisions.values()].sort((a, b) => a.at - b.at)
}

/** The width of a bar of load. */
export const SLOT_MS = 10 * MINUTE

/** From so many requests in ten minutes nobody judges each of them any more. */
export const FLOOD = 10

export interface Load {
  readonly by: string
  /** Decisions in each slot, the oldest first. */
  readonly slots: readonly number[]
}

/** Decisions per operator per ten minutes, over `slots` slots up to `now`; the busiest first. */
export function loadOf(decisions: readonly Decision[], now: number, slots: number): readonly Load[] {
  const start = now - slots * SLOT_MS
  const loads = new Map<string, number[]>()
  for (const { by, at } of decisions) {
    const slot = Math.floor((at - start) / SLOT_MS)
    if (slot < 0 || slot >= slots) continue
    const load = loads.get(by) ?? new Array<number>(slots).fill(0)
    load[slot] = (load[slot] ?? 0) + 1
    loads.set(by, load)
  }
  return [...loads]
    .map(([by, all]) => ({ by, slots: all }))
    .sort((a, b) => Math.max(...b.slots) - Math.max(...a.slots) || (a.by < b.by ? -1 : 1))
}

/** The upper edges of the bars of time to decide; what takes longer is in the last. Units: ms. */
export const TIME_EDGES = [2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE] as const

/** How many decisions took how long. */
export function timesOf(decisions: readonly Decision[]): readonly number[] {
  const counts = new Array<number>(TIME_EDGES.length + 1).fill(0)
  for (const { tookMs } of decisions) {
    const at = TIME_EDGES.findIndex((edge) => tookMs < edge)
    const slot = at < 0 ? TIME_EDGES.length : at
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  return counts
}

/** The middle of the times to decide; undefined where there are none. Unit: ms. */
export function medianMs(decisions: readonly Decision[]): number | undefined {
  const times = decisions.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return times[Math.floor(times.length / 2)]
}

export interface RuleOutcome {
  readonly rule: string
  readonly approved: number
  readonly denied: number
  readonly answered: number
  /** Nearly always released: perhaps no person is needed. */
  readonly automatable: boolean
  /** Released too soon after it was shown for anybody to have read it. */
  readonly rushed: number
}

const ENOUGH = 20
const NEARLY_ALWAYS = 0.99
const TOO_SOON_MS = 2 * SECOND

/** How what each rule asked for was decided. Of a part of the decisions none is said to need nobody. */
export function outcomesByRule(
  decisions: readonly Decision[],
  { partial }: { readonly partial: boolean },
): readonly RuleOutcome[] {
  const rules = new Map<string, { approved: number; denied: number; answered: number; rushed: number }>()
  for (const { rules: names, what, lookedMs } of decisions)
    for (const name of names) {
      const counts = rules.get(name) ?? { approved: 0, denied: 0, answered: 0, rushed: 0 }
      counts[what] += 1
      if (what === 'approved' && lookedMs !== undefined && lookedMs < TOO_SOON_MS) counts.rushed += 1
      rules.set(name, counts)
    }
  return [...rules]
    .map(([rule, counts]) => {
      const all = counts.approved + counts.denied + counts.answered
      return {
        rule,
        ...counts,
        automatable: !partial && all >= ENOUGH && counts.approved / all >= NEARLY_ALWAYS,
      }
    })
    .sort((a, b) => b.approved + b.denied - a.approved - a.denied || (a.rule < b.rule ? -1 : 1))
}
