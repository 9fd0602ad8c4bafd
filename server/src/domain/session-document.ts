import type { PersonRole, SessionMethod } from '@holdpoint/shared'

/** What stays of a password: scrypt (RFC 7914) of it, with what it was made with. Base64url. */
export interface PasswordHash {
  readonly hash: string
  readonly salt: string
  readonly cost: { readonly N: number; readonly r: number; readonly p: number }
}

export interface Password extends PasswordHash {
  readonly since: number
  readonly by: string
  /** The command that set it, so that its resend is known for one. */
  readonly key: string
}

/** A browser that is signed in: what its cookie is checked against. Times in ms. */
export interface Session {
  readonly id: string
  /** Sealed. The secret of each generation of its cookie is made of it, so none of them is stored. */
  readonly seed: string
  /** Of the cookie that was handed out last; each refresh hands out the next. */
  readonly generation: number
  readonly method: SessionMethod
  /** The role of its tokens for as long as it lasts: an upper bound, beside the record's. */
  readonly role: PersonRole
  readonly createdAt: number
  /** The last refresh. */
  readonly seenAt: number
  readonly expiresAt: number
  /** Who made the link or set the password that opened it, where that is not its person: they may be who uses it. */
  readonly admittedBy?: string | undefined
  readonly userAgent?: string | undefined
  readonly address?: string | undefined
}
