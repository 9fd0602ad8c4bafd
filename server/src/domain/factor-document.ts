/** A confirmed TOTP factor. Secrets are sealed; recovery codes are hashes, each gone once it was used. */
export interface Factor {
  readonly id: string
  readonly sealed: string
  readonly since: number
  /** The last time step that was spent: it and all before it are dead. */
  readonly lastStep: number
  readonly recovery: readonly string[]
}

/** A factor that was handed out and no code has confirmed yet. */
export interface Enrolment {
  readonly id: string
  /** The command that it was handed out to, so that it is told again to no other. */
  readonly key: string
  readonly sealed: string
  /** The recovery codes, to be told again until they are confirmed; hashes are what stays. */
  readonly sealedRecovery: string
  readonly recovery: readonly string[]
  readonly at: number
  /** The step of the code that confirmed it; spent from the start. */
  readonly confirmedStep?: number | undefined
}

/** Evaluations that were begun and did not turn out right, and until when there are no more. */
export interface Attempts {
  readonly open: readonly { readonly id: string; readonly at: number }[]
  readonly lockedUntil?: number | undefined
  /** The alert about the lock is out. */
  readonly alerted?: boolean | undefined
}

/** A time step, spent on one thing for one command (Second factor): a resend under its key finds it. */
export interface FactorClaim {
  readonly key: string
  readonly fingerprint: string
  readonly purpose: Purpose
  readonly at: number
}

/** What a code is for. `digest` is of the bytes that would be released. */
export type Purpose =
  | { readonly kind: 'release'; readonly approval: string; readonly digest: string }
  | { readonly kind: 'factor.enroll' | 'factor.confirm' | 'factor.remove' | 'password.set' | 'sign-in' }

export interface FactorReset {
  readonly at: number
  readonly by: string
  readonly reason: string
  readonly dueAt: number
}
