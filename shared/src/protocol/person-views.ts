import type { PersonRole } from '../roles.ts'
import type { Stage, Timestamp } from './views.ts'

/** Where a person is reached (ES2). */
export interface Addresses {
  readonly email?: string | undefined
  /** A Slack member id. */
  readonly slack?: string | undefined
  /** A PagerDuty user id. */
  readonly pagerduty?: string | undefined
}

/** A person: one, however many logins they have (ID2). */
export interface PersonView {
  readonly id: string
  readonly displayName?: string | undefined
  /** An upper bound: the token's role counts where it is lower. */
  readonly role: PersonRole
  readonly teams: readonly string[]
  /** Token subjects that are this person, the id itself among them. */
  readonly logins: readonly string[]
  /** Only in answers, never in events: the log outlives an address. */
  readonly addresses?: Addresses | undefined
  readonly addedAt: Timestamp
  /** Counts what admins said of them, from 1; what `person.change` can be bound to. */
  readonly revision: number
  /** Only in answers. */
  readonly factor?: FactorView | undefined
  /** Only in answers. */
  readonly hasPassword?: boolean | undefined
  readonly disabled?: (Stage & { readonly reason: string }) | undefined
}

/** How a person's second factor stands. */
export interface FactorView {
  /** Enrolled and confirmed. */
  readonly enrolled: boolean
  readonly since?: Timestamp | undefined
  /** Too many wrong codes: none is looked at before then. */
  readonly lockedUntil?: Timestamp | undefined
  /** How many are left. */
  readonly recoveryCodes: number
  /** An admin takes it away; it is gone by then, unless it is used before. */
  readonly reset?:
    | { readonly at: Timestamp; readonly by: string; readonly dueAt: Timestamp; readonly reason: string }
    | undefined
}

/** How a session began: `password_totp` is a password and a code. */
export type SessionMethod = 'link' | 'password' | 'password_totp'

/** A browser in which a person is signed in. */
export interface SessionView {
  readonly id: string
  readonly method: SessionMethod
  readonly createdAt: Timestamp
  /** When it last got a fresh token: every few minutes while a page is open. */
  readonly seenAt: Timestamp
  readonly expiresAt: Timestamp
  /** As the browser says. */
  readonly userAgent?: string | undefined
  /** As the connection says; behind a proxy, the proxy's. */
  readonly address?: string | undefined
  /** The one that asks. */
  readonly current: boolean
}
