import { newId, type OperatorRequest, ok, type PersonRole, type Result, refused } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Person } from '../domain/commands.ts'
import {
  beginPassword,
  NEEDS_CODE,
  NOT_RIGHT,
  normalPassword,
  openByPassword,
  settlePassword,
} from '../domain/passwords.ts'
import type { PersonDocument } from '../domain/person-document.ts'
import type { PasswordHash } from '../domain/session-document.ts'
import { endSessions, NO_SESSION, refreshSession, SESSION_MS, TOKEN_MS } from '../domain/sessions.ts'
import { claimLink, issueLink } from '../domain/sign-in.ts'
import type { Factors } from './factors.ts'
import { fingerprintOf } from './fingerprint.ts'
import {
  type Answered,
  answeredInTime,
  atOnceInTime,
  type CommandLog,
  HASHING_TIMEOUT_MS,
} from './in-time.ts'
import type { People } from './people.ts'
import type { Revocations } from './revocations.ts'
import { cookieOf, type Presented, readCookie } from './session-cookie.ts'

/** What decisions may not make themselves: secrets, and tokens of ours. */
export interface SignInKit {
  newSecret(): string
  hashOf(secret: string): string
  /** A secret that only who knows `seed` can make. */
  macOf(seed: string, text: string): string
  /** In the same time, whatever differs. */
  same(a: string, b: string): boolean
  hashPassword(password: string): Promise<PasswordHash>
  isPassword(password: string, kept: PasswordHash | undefined): Promise<boolean>
  /** Undefined where no secret can be kept: nobody signs in then. */
  readonly sealer:
    | { seal(text: string, about: string): string; unseal(sealed: string, about: string): string | undefined }
    | undefined
  /** Undefined where another issuer's tokens are believed: then ours are of no use. */
  readonly mint:
    | ((who: {
        readonly tenant: string
        readonly subject: string
        readonly role: PersonRole
        readonly ttlMs: number
        readonly session: string
        readonly sessionSince: number | undefined
      }) => Promise<Result<string>>)
    | undefined
}

/** From where somebody signs in, as they and the connection say: to be shown, and believed for nothing. */
export interface Device {
  readonly userAgent?: string | undefined
  readonly address?: string | undefined
}

/** A token for this page's memory, and the cookie that gets the next one. */
export interface SignedIn {
  readonly token: string
  readonly expiresInMs: number
  readonly cookie: string
  /** How long the browser keeps it, ms. */
  readonly cookieMs: number
}

export interface PasswordEntry {
  readonly tenant: string
  /** Their id, or another of their logins. */
  readonly person: string
  readonly password: string
  readonly totp?: string | undefined
}

/** Signing in without a token at hand, and staying so. Nothing here throws. */
export interface SignIn {
  /** An admin makes a one-time link for a person. Its secret is in the answer and nowhere else. */
  issue(tenant: string, by: Person, payload: OperatorRequest<'person.link'>): Promise<Answered>
  /** Claims a link, once. Errors: `unauthenticated`. */
  claim(link: string, device: Device): Promise<Result<SignedIn>>
  /**
   * Errors: `unauthenticated`, which says nothing of what was wrong and comes no sooner for a name that nobody has;
   * then `second_factor_required`, `_invalid`, `_locked`.
   */
  byPassword(entry: PasswordEntry, device: Device): Promise<Result<SignedIn>>
  /** Trades a session's cookie for a fresh token and the next cookie. Errors: `unauthenticated`. */
  refresh(cookie: string): Promise<Result<SignedIn>>
  /** Whose session a cookie is of, where it is right. Errors: `unauthenticated`. */
  present(cookie: string): Promise<Result<Presented>>
}

/** A refusal leaves at a multiple of this after it was asked for: how long the work took is not told. */
const REFUSE_AFTER_MS = 1_000

export function createSignIn(ports: {
  readonly clock: Clock
  readonly people: People
  readonly factors: Pick<Factors, 'prove'>
  readonly kit: SignInKit
  readonly revocations: Pick<Revocations, 'check'>
  readonly log: CommandLog
}): SignIn {
  const { clock, people, factors, kit, revocations } = ports

  const timed = <T>(work: () => Promise<Result<T>>): Promise<Result<T>> =>
    atOnceInTime(ports, work, HASHING_TIMEOUT_MS)

  const openingOf = (tenant: string, person: string, device: Device) => {
    const id = newId()
    const seed = kit.newSecret()
    const sealed = kit.sealer?.seal(seed, aboutSession(tenant, person, id))
    return sealed === undefined ? undefined : { seed, opening: { id, seed: sealed, ...device } }
  }

  const signedIn = async (
    doc: PersonDocument | undefined,
    session: Omit<Presented, 'secret'> & { readonly seed: string },
    role: PersonRole,
    leftMs: number,
  ): Promise<Result<SignedIn>> => {
    const { tenant, person, id, generation, seed } = session
    if (!kit.mint) return foreignIssuer
    const expiresInMs = Math.min(TOKEN_MS, leftMs)
    const sessionSince = sessionOf(doc, id)?.createdAt
    const token = await kit.mint({
      tenant,
      subject: person,
      role,
      ttlMs: expiresInMs,
      session: id,
      sessionSince,
    })
    if (!token.ok) return token
    const secret = kit.macOf(seed, String(generation))
    const cookie = cookieOf({ tenant, person, id, generation, secret })
    return ok({ token: token.value, expiresInMs, cookie, cookieMs: leftMs })
  }

  /** Whose password it is; the attempt was counted before anything was looked at. */
  const checkPassword = async (tenant: string, id: string, password: string) => {
    const attempt = newId()
    const begun = await people.onRecord(tenant, id, (doc, at) => beginPassword(doc, attempt, at))
    const kept = begun.answer.ok ? begun.doc?.password : undefined
    const right = await kit.isPassword(normalPassword(password), kept)
    if (!kept) return { against: '', answer: NOT_RIGHT }
    const against = kept.hash
    const { answer } = await people.onRecord(tenant, id, (doc, at) =>
      settlePassword(doc, { attempt, against, right }, at),
    )
    return { against, answer }
  }

  const byPassword = async (
    { tenant, person: login, password, totp }: PasswordEntry,
    device: Device,
  ): Promise<Result<SignedIn>> => {
    if (!kit.mint) return foreignIssuer
    const id = (await people.byLogin(tenant, login))?.id ?? login
    const { against, answer } = await checkPassword(tenant, id, password)
    if (!answer.ok) return answer
    const claim = newId()
    if ((answer.value as { readonly hasFactor: boolean }).hasFactor) {
      if (totp === undefined || totp === '') return NEEDS_CODE
      const person = { id, role: 'viewer', registered: true } as const
      const proving = { key: claim, fingerprint: claim, purpose: { kind: 'sign-in' }, totp } as const
      const proof = await factors.prove(tenant, person, proving)
      if (!proof.ok) return proof
    }
    const made = openingOf(tenant, id, device)
    if (!made) return noSealer
    const { opening, seed } = made
    const opened = await people.onRecord(tenant, id, (doc, at) =>
      openByPassword(doc, { against, claim, opening }, at),
    )
    if (!opened.answer.ok) return opened.answer
    const { role } = opened.answer.value as { readonly role: PersonRole }
    const session = { tenant, person: id, id: opening.id, generation: 1, seed }
    return signedIn(opened.doc, session, role, SESSION_MS)
  }

  const seedOf = (doc: PersonDocument | undefined, { tenant, person, id }: Presented): string | undefined => {
    const session = sessionOf(doc, id)
    return session && kit.sealer?.unseal(session.seed, aboutSession(tenant, person, id))
  }

  const present: SignIn['present'] = async (cookie) => {
    const shown = readCookie(cookie)
    if (!shown) return NO_SESSION
    const doc = await people.get(shown.tenant, shown.person)
    const seed = seedOf(doc, shown)
    const right = seed !== undefined && kit.same(kit.macOf(seed, String(shown.generation)), shown.secret)
    if (!right) return NO_SESSION
    return (await endedWithTokens(shown, sessionOf(doc, shown.id)?.createdAt)) ? NO_SESSION : ok(shown)
  }

  /** ID3: what revokes all that was issued to somebody up to some time would be of no use to whom a session is left. */
  const endedWithTokens = async ({ tenant, person, id }: Presented, since = 0): Promise<boolean> => {
    if (!(await revocations.check(tenant, { id: person, jti: '', issuedAt: since }))) return false
    await people.onRecord(tenant, person, (doc, at) => endSessions(doc, { id }, 'system', 'ended', at))
    return true
  }

  const refresh = async (cookie: string): Promise<Result<SignedIn>> => {
    const shown = await present(cookie)
    if (!shown.ok) return shown
    const { tenant, person } = shown.value
    const { answer, doc } = await people.onRecord(tenant, person, (found, at) =>
      refreshSession(found, shown.value, at),
    )
    const seed = seedOf(doc, shown.value)
    if (!answer.ok || seed === undefined) return answer.ok ? NO_SESSION : answer
    const { generation, role, expiresAt } = answer.value as {
      readonly generation: number
      readonly role: PersonRole
      readonly expiresAt: number
    }
    return signedIn(doc, { ...shown.value, generation, seed }, role, expiresAt - people.now())
  }

  /** Until the next whole multiple of REFUSE_AFTER_MS since then. */
  const untilNextTell = (startedAt: number): Promise<void> => {
    const since = clock.monotonicMs() - startedAt
    const waitMs = REFUSE_AFTER_MS - (since % REFUSE_AFTER_MS)
    return new Promise((resolve) => void clock.after(waitMs, resolve))
  }

  return {
    async issue(tenant, by, payload) {
      const { key, id } = payload
      if (!kit.mint) return { answer: foreignIssuer, events: [] }
      const secret = kit.newSecret()
      return answeredInTime(ports, async () => {
        const remember = {
          id: { principal: `person ${by.id}`, key },
          fingerprint: fingerprintOf('person.link', payload),
        }
        const hash = kit.hashOf(secret)
        const decide = (doc: Parameters<typeof issueLink>[0], at: number) => issueLink(doc, { hash, by }, at)
        const { answer, events, earlier } = await people.onRecord(tenant, id, decide, { remember })
        if (!answer.ok) return { answer, events }
        // the first answer's secret was told once, and is kept by nobody
        if (earlier) return { answer: toldBefore, events }
        return { answer: ok({ ...answer.value, link: [tenant, id, secret].join('~') }), events }
      })
    },
    async claim(link, device) {
      const [tenant = '', id = '', secret = '', ...more] = link.split('~')
      if (!kit.mint) return foreignIssuer
      if (more.length > 0 || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(tenant) || id === '' || id.length > 128)
        return refused('unauthenticated', 'That is not a sign-in link.')
      return timed<SignedIn>(async () => {
        const made = openingOf(tenant, id, device)
        if (!made) return noSealer
        const { opening, seed } = made
        const hash = kit.hashOf(secret)
        const { answer, doc } = await people.onRecord(tenant, id, (found, at) =>
          claimLink(found, { hash, opening }, at),
        )
        if (!answer.ok) return answer
        const { role } = answer.value as { readonly role: PersonRole }
        const session = { tenant, person: id, id: opening.id, generation: 1, seed }
        return signedIn(doc, session, role, SESSION_MS)
      })
    },
    async byPassword(entry, device) {
      const startedAt = clock.monotonicMs()
      const answer = await timed(() => byPassword(entry, device))
      if (!answer.ok && answer.error.code === 'unauthenticated') await untilNextTell(startedAt)
      return answer
    },
    refresh: (cookie) => timed(() => refresh(cookie)),
    present: (cookie) => timed(() => present(cookie)),
  }
}

const sessionOf = (doc: PersonDocument | undefined, id: string) => doc?.sessions?.find((one) => one.id === id)

const aboutSession = (tenant: string, person: string, id: string): string =>
  `session ${tenant} ${person} ${id}`

const noSealer = refused(
  'unavailable',
  'This server can not keep secrets: its key folder holds no sealing.json and can not be written.',
)
const foreignIssuer = refused(
  'conflict',
  'This server believes the tokens of another issuer; people sign in there.',
)
const toldBefore = refused('conflict', 'That link was told once, and is kept by nobody; make another one.')
