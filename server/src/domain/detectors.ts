import type { Policy } from '@holdpoint/shared'
import type { Draft } from './draft.ts'
import type { Call, Rate } from './habits.ts'
import { pauseByRule } from './pausing.ts'
import { openSystemTicket } from './tickets.ts'

/** An agent in a loop asks for few things; what it asked for longer ago than that many others is forgotten. */
const MAX_CALLS = 16
/** Windows without a request count as so many at most: after them the average is as good as zero. */
const MAX_IDLE_WINDOWS = 1_000

type Detectors = Policy['detectors']

/**
 * ES4: counts one request under a key of its own; a repeated key never gets here. Quiet for one lease after a
 * reconnect, when an agent asks again for what it had lost.
 */
export function watchRequest(draft: Draft, action: string, digest: string): void {
  const { detectors } = draft.facts.policy
  if (draft.facts.quiet) return
  const { at } = draft.facts
  const before = draft.doc.habits ?? { calls: [] }
  const repeated = countCall(before.calls, digest, at, detectors.repeatedCall)
  const rate = countRate(before.rate, at, detectors.burst)
  draft.update({ habits: { calls: repeated.calls, rate: rate.rate } })
  if (repeated.fires) {
    const { times, withinMs, pause } = detectors.repeatedCall
    fire(draft, 'repeated_call', digest, { action, digest, times, withinMs }, pause)
  }
  if (rate.fires) {
    const { windowMs, pause } = detectors.burst
    const usual = Math.round(rate.rate.mean * 100) / 100
    fire(draft, 'burst', 'burst', { requests: rate.rate.count, usual, windowMs }, pause)
  }
}

/** ES1, ES4: a reported failure, after it was counted. */
export function watchFailure(draft: Draft): void {
  const { escalation, detectors } = draft.facts.policy
  const { failuresInRow } = draft.doc.autonomy
  if (failuresInRow >= escalation.failuresInRow)
    openSystemTicket(draft, 'repeated_failures', { about: 'failures', failuresInRow })
  const { errorStreak } = detectors
  if (errorStreak.enabled && failuresInRow >= errorStreak.failuresInRow)
    fire(draft, 'error_streak', 'error_streak', { failuresInRow }, errorStreak.pause)
}

function countCall(
  calls: readonly Call[],
  digest: string,
  at: number,
  { enabled, times, withinMs }: Detectors['repeatedCall'],
): { readonly calls: readonly Call[]; readonly fires: boolean } {
  if (!enabled) return { calls: [], fires: false }
  const known = calls.find((one) => one.digest === digest && at < one.since + withinMs)
  const call = known ? { ...known, times: known.times + 1 } : { digest, times: 1, since: at }
  const fires = call.times >= times
  // once told, counting starts again: the ticket stands until somebody has looked
  const others = calls.filter((one) => one.digest !== digest && at < one.since + withinMs)
  return { calls: fires ? others : [...others, call].slice(-MAX_CALLS), fires }
}

function countRate(
  before: Rate | undefined,
  at: number,
  { enabled, windowMs, factor, atLeast, smoothing, learnWindows }: Detectors['burst'],
): { readonly rate: Rate; readonly fires: boolean } {
  const current = rolled(before ?? { from: at, count: 0, mean: 0, windows: 0 }, at, windowMs, smoothing)
  const { from, count, mean, windows } = current
  const rate = { from, count: count + 1, mean, windows }
  const known = rate.windows >= learnWindows
  const limit = Math.max(atLeast, factor * rate.mean)
  // once per window: the request that goes over
  return { rate, fires: enabled && known && rate.count >= limit && current.count < limit }
}

/** Takes the windows that are over into the average; those without a request too. */
function rolled(rate: Rate, at: number, windowMs: number, smoothing: number): Rate {
  const over = Math.floor((at - rate.from) / windowMs)
  if (over < 1) return rate
  const first = rate.windows === 0 ? rate.count : rate.mean + smoothing * (rate.count - rate.mean)
  const mean = first * (1 - smoothing) ** Math.min(over - 1, MAX_IDLE_WINDOWS)
  return { from: rate.from + over * windowMs, count: 0, mean, windows: Math.min(rate.windows + over, 10_000) }
}

/** Opens a ticket, and where policy says so pauses the agent, in this very commit. */
function fire(
  draft: Draft,
  detector: 'repeated_call' | 'burst' | 'error_streak',
  about: string,
  seen: Readonly<Record<string, unknown>>,
  pause: boolean,
): void {
  openSystemTicket(draft, 'anomaly', { about: `${detector}:${about}`, detector, ...seen })
  if (pause) pauseByRule(draft, { reason: `The detector ${detector} fired.`, detector })
}
