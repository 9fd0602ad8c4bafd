import { type ErrorCode, errorCodes, refusal } from '@holdpoint/shared'
import { HoldpointError } from './errors.ts'

/** A token for memory, good for minutes. */
export interface SignedIn {
  readonly token: string
  readonly expiresInMs: number
}

export interface PasswordEntry {
  /** Their id, or another of their logins. */
  readonly person: string
  readonly password: string
  /** Where they have a second factor: `second_factor_required` asks for it. */
  readonly totp?: string | undefined
  /** Default: `default`. */
  readonly tenant?: string | undefined
}

/**
 * Signing in from a page of the server: what it answers is a token; what keeps the browser signed in is a cookie that
 * no script can read. Errors: HoldpointError (`unauthenticated`, `second_factor_required`, …; `unavailable` where no
 * answer came).
 */
export class BrowserSession {
  readonly #url: string

  /** `url`: the server's, and the page's own: the cookie goes nowhere else. */
  constructor(url: string) {
    this.#url = url
  }

  withPassword(entry: PasswordEntry): Promise<SignedIn> {
    return this.#post('/v1/sign-in/password', entry)
  }

  /** Claims a one-time link: its secret, without the address. */
  withLink(link: string): Promise<SignedIn> {
    return this.#post('/v1/sign-in/link', { link })
  }

  /** A fresh token of the session that this browser has, if it has one. */
  refresh(): Promise<SignedIn> {
    return this.#inTurn(() => this.#post('/v1/session/refresh', {}))
  }

  /** Signs this browser out: every tab of it. */
  async end(): Promise<void> {
    await this.#inTurn(() => this.#post('/v1/session/end', {}))
  }

  /** One tab at a time: of two answers that cross, the older cookie would stay, and count as stolen. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = (globalThis as { readonly navigator?: { readonly locks?: Locks } }).navigator ?? {}
    // not on a page that came over plain HTTP from elsewhere
    return locks ? locks.request('holdpoint session', work) : work()
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch((error: unknown) => {
      throw new HoldpointError(refusal('unavailable', 'The server did not answer; try again.'), {
        cause: error,
      })
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (response.ok && isObject(answer)) return answer as T
    throw new HoldpointError(problemOf(answer, response.status))
  }
}

/** Web Locks, as far as they are used. */
interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** RFC 9457, with the catalogue's codes. */
function problemOf(answer: unknown, status: number) {
  const { code, detail, details } = isObject(answer) ? answer : {}
  const known = (errorCodes as readonly unknown[]).includes(code) ? (code as ErrorCode) : 'unavailable'
  const sentence = typeof detail === 'string' ? detail : `The server answered ${status}.`
  return refusal(known, sentence, isObject(details) ? { ...details } : undefined)
}
