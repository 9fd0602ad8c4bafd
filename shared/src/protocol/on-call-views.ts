import type { OverrideView, Timestamp } from './views.ts'

/** Somebody's time on call (ES2). */
export interface ShiftView {
  readonly person: string
  readonly from: Timestamp
  readonly until: Timestamp
  /** What says so. */
  readonly through: { readonly override: string } | { readonly rotation: string }
}

/** Who is on call in one schedule. */
export interface OnCallView {
  readonly schedule: string
  readonly timeZone: string
  /** The time that was asked about. */
  readonly at: Timestamp
  /** Whoever is on call then comes first; others where the request said until when. */
  readonly shifts: readonly ShiftView[]
  readonly overrides: readonly OverrideView[]
}

/** How a test of a channel went, at one endpoint. */
export interface ChannelAttempt {
  readonly channel?: string | undefined
  readonly person?: string | undefined
  readonly outcome: 'delivered' | 'retry' | 'failed'
  readonly reason?: string | undefined
}
