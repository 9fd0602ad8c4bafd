import { newId, type OperatorRequest, ok, type Result, refused, type SessionView } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Answer, Person } from '../domain/commands.ts'
import {
  beginPassword,
  normalPassword,
  passwordProblem,
  type Setting,
  setOwnPassword,
  setPasswordOf,
  settlePassword,
} from '../domain/passwords.ts'
import type { PersonDocument } from '../domain/person-document.ts'
import { sessionView } from '../domain/person-views.ts'
import { endSessions, liveSessions } from '../domain/sessions.ts'
import type { Factors } from './factors.ts'
import {
  type Answered,
  answeredInTime,
  atOnceInTime,
  type CommandLog,
  HASHING_TIMEOUT_MS,
} from './in-time.ts'
import type { People } from './people.ts'
import type { SignInKit } from './sign-in.ts'

export type CredentialRequest = {
  [N in 'password.set' | 'person.password' | 'session.end']: {
    readonly name: N
    readonly payload: OperatorRequest<N>
  }
}['password.set' | 'person.password' | 'session.end']

/** Passwords and sessions of people who are in. Nothing here throws but `sessions`, when the store can't be read. */
export interface Credentials {
  submit(tenant: string, by: Person, request: CredentialRequest): Promise<Answered>
  sessions(tenant: string, by: Person, person?: string): Promise<Result<readonly SessionView[]>>
  /** Signs out: ends the session whose cookie that was. */
  signOut(tenant: string, person: string, session: string): Promise<Answer>
}

export function createCredentials(ports: {
  readonly clock: Clock
  readonly people: People
  readonly factors: Pick<Factors, 'prove'>
  readonly kit: SignInKit
  readonly log: CommandLog
}): Credentials {
  const { people, factors, kit } = ports

  /** Counted like a sign-in: somebody at an open session must not guess here what they may not guess there. */
  const knows = async (tenant: string, id: string, current: string): Promise<string | undefined> => {
    const attempt = newId()
    const begun = await people.onRecord(tenant, id, (doc, at) => beginPassword(doc, attempt, at))
    const kept = begun.answer.ok ? begun.doc?.password : undefined
    if (!kept) return undefined
    const right = await kit.isPassword(normalPassword(current), kept)
    const checked = { attempt, against: kept.hash, right }
    const { answer } = await people.onRecord(tenant, id, (doc, at) => settlePassword(doc, checked, at))
    return answer.ok ? kept.hash : undefined
  }

  const settingOf = async (
    doc: PersonDocument,
    key: string,
    password: string,
    by: Person,
  ): Promise<Setting> => {
    const { password: kept } = doc
    const same = kept?.key === key && (await kit.isPassword(normalPassword(password), kept))
    const hashed = same && kept ? kept : await kit.hashPassword(normalPassword(password))
    return { key, by, hashed, same: same ? kept?.hash : undefined }
  }

  const setOwn = async (
    tenant: string,
    by: Person,
    { key, password, current, factor }: OperatorRequest<'password.set'>,
  ): Promise<Answered> => {
    const doc = by.registered ? await people.get(tenant, by.id) : undefined
    if (!doc) return { answer: unregistered, events: [] }
    const problem = passwordProblem(password, doc)
    if (problem) return { answer: { ok: false, error: problem }, events: [] }
    const setting = await settingOf(doc, key, password, by)
    const known = current === undefined || setting.same ? undefined : await knows(tenant, by.id, current)
    const decide = () =>
      people.onRecord(tenant, by.id, (found, at) => setOwnPassword(found, { ...setting, knows: known }, at))
    const first = await decide()
    if (first.answer.ok || first.answer.error.code !== 'second_factor_required' || !factor) return first
    const purpose = { kind: 'password.set' } as const
    const proof = await factors.prove(tenant, by, { key, fingerprint: key, purpose, totp: factor.totp })
    return proof.ok ? decide() : { answer: proof, events: [] }
  }

  const setOf = async (
    tenant: string,
    by: Person,
    { key, id, password }: OperatorRequest<'person.password'>,
  ): Promise<Answered> => {
    const doc = await people.get(tenant, id)
    if (!doc) return { answer: refused('not_found'), events: [] }
    const problem = passwordProblem(password, doc)
    if (problem) return { answer: { ok: false, error: problem }, events: [] }
    const setting = await settingOf(doc, key, password, by)
    return people.onRecord(tenant, id, (found, at) => setPasswordOf(found, setting, at))
  }

  const end = async (
    tenant: string,
    by: Person,
    { key, person = by.id, session }: OperatorRequest<'session.end'>,
  ): Promise<Answered> => {
    if (person !== by.id && by.role !== 'admin') return { answer: adminsOnly, events: [] }
    const which = session === undefined ? { except: by.session } : { id: session }
    const remember = {
      id: { principal: `person ${by.id}`, key },
      fingerprint: `session.end ${person} ${session}`,
    }
    const decide = (doc: PersonDocument | undefined, at: number) =>
      endSessions(doc, which, by.id, 'ended', at)
    return people.onRecord(tenant, person, decide, { remember })
  }

  const decideOne = (tenant: string, by: Person, request: CredentialRequest): Promise<Answered> => {
    switch (request.name) {
      case 'password.set':
        return setOwn(tenant, by, request.payload)
      case 'person.password':
        return setOf(tenant, by, request.payload)
      case 'session.end':
        return end(tenant, by, request.payload)
    }
  }

  return {
    async submit(tenant, by, request) {
      if (!kit.mint) return { answer: foreignIssuer, events: [] }
      const work = async (): Promise<Answered> => {
        const { answer, events } = await decideOne(tenant, by, request)
        return { answer, events }
      }
      return answeredInTime(ports, work, HASHING_TIMEOUT_MS)
    },
    async sessions(tenant, by, person = by.id) {
      if (person !== by.id && by.role !== 'admin') return adminsOnly
      const doc = await people.get(tenant, person)
      if (!doc) return person === by.id ? ok([]) : refused('not_found')
      return ok(liveSessions(doc, people.now()).map((one) => sessionView(one, one.id === by.session)))
    },
    signOut: (tenant, person, session) =>
      atOnceInTime<Answer>(ports, async () => {
        const decide = (doc: PersonDocument | undefined, at: number) =>
          endSessions(doc, { id: session }, person, 'signed_out', at)
        return (await people.onRecord(tenant, person, decide)).answer
      }),
  }
}

const unregistered = refused('forbidden', 'Nobody is registered for your token; ask an admin to add you.')
const adminsOnly = refused('forbidden', 'Only an admin sees and ends the sessions of others.', {
  role: 'admin',
})
const foreignIssuer = refused(
  'conflict',
  'This server believes the tokens of another issuer; people sign in there.',
)
