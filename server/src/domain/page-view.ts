import { iso, isoIf, type PageView } from '@holdpoint/shared'
import type { Recipient } from './outgoing.ts'

/** ES2: how far telling people about one item got. Times in ms; step and round count from 0. */
export interface Page {
  /** The escalation policy that it follows. */
  readonly policy: string
  readonly status: PageView['status']
  readonly step: number
  readonly round: number
  /** Counts the steps taken, from 1: tells what was sent for this one from what came before. */
  readonly turn: number
  readonly since: number
  /** When it goes on, unless somebody acknowledges. */
  readonly nextAt?: number | undefined
  /** AP12: half of an approval's time, until it was reminded of then; no step is over before that. */
  readonly halfAt?: number | undefined
  /** Whom this step tells. */
  readonly told: readonly Recipient[]
  /** Somebody was reached in this step. */
  readonly reached: boolean
  /** Every channel that was told so far, for what is to be said in the end. */
  readonly channels: readonly string[]
}

export const pageView = (page: Page): PageView => ({
  nextAt: isoIf(page.nextAt),
  policy: page.policy,
  round: page.round + 1,
  since: iso(page.since),
  status: page.status,
  step: page.step + 1,
  told: page.told,
})
