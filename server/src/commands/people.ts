import {
  hasRole,
  type OperatorRequest,
  ok,
  type PersonView,
  type Result,
  type Role,
  refused,
} from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Answer, PeopleFacts, Person } from '../domain/commands.ts'
import type { Decision } from '../domain/effects.ts'
import {
  type LoginDocument,
  type PersonDocument,
  readLoginDocument,
  readPersonDocument,
} from '../domain/person-document.ts'
import { personDetail } from '../domain/person-views.ts'
import {
  actingAs,
  decideLogin,
  decidePerson,
  loginRetired,
  type PersonRecordCommand,
} from '../domain/persons.ts'
import type { DocumentRef, RestsOn, Store, StoredEvent } from '../store/store.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answered, answeredInTime, type CommandLog } from './in-time.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { Publish } from './publish.ts'
import { type Recalled, Recollection } from './recollection.ts'
import { type Outcome, type RememberAs, type Transaction, transact } from './transact.ts'

/** What a person's record is changed by, over the wire. */
export type PersonRequestName = 'person.add' | 'person.change' | 'person.disable' | 'person.enable'

/** A credential of anybody, as its verified token says. */
export interface Bearer {
  readonly tenant: string
  readonly id: string
  readonly role: Role
  readonly jti: string
  readonly issuedAt: number
  readonly session?: string | undefined
}

/**
 * ID2: who is who. Read from the store at each use, or checked by it in the commit that it is used for, so that a role that
 * was taken away counts nowhere.
 */
export interface People {
  /** Whom a person's credential speaks for now. Errors: `unauthenticated` (disabled). Throws what the store throws. */
  acting(bearer: Bearer): Promise<Result<Person>>
  /**
   * The same as this node remembers it, without reading. Undefined where it does not, or where they would be refused: that is
   * told only of what was read. It may be out of date, so it counts in nothing but a commit that rests on it.
   */
  remembered(bearer: Bearer): { readonly person: Person; readonly restsOn: readonly RestsOn[] } | undefined
  /** The person whose login this is, or whose id; undefined where nobody is registered under it. */
  byLogin(tenant: string, login: string): Promise<PersonDocument | undefined>
  /** The person whose login this is, or was last. */
  lastOf(tenant: string, login: string): Promise<PersonDocument | undefined>
  /** The store's clock, ms. */
  now(): number
  get(tenant: string, id: string): Promise<PersonDocument | undefined>
  /** The same, with what a change has to rest on that is decided by it. */
  read(
    tenant: string,
    id: string,
  ): Promise<{ readonly person: PersonDocument | undefined; readonly rest: RestsOn }>
  /** By id, after `afterId`. */
  page(tenant: string, afterId: string | undefined, limit: number): Promise<readonly PersonDocument[]>
  /** One decision on a person's record, in the order it came. Throws what the store throws. */
  onRecord(
    tenant: string,
    id: string,
    decide: (doc: PersonDocument | undefined, at: number) => Decision<PersonDocument>,
    options?: RecordOptions,
  ): Promise<Outcome<PersonDocument>>
  /** Nothing here throws: what broke is an answer too (PR2). */
  submit(tenant: string, by: Person, request: PersonRequest): Promise<Answered>
}

/** Who sends a command, where its `by` is who this node remembers them to be. */
export interface Guess {
  /** What that was remembered from: the command counts only in a commit that rests on it. */
  readonly restsOn: readonly RestsOn[]
  /** Who it is by now, and whether they may send this: for whatever does not come to such a commit. */
  afresh(): Promise<Result<Person>>
}

/** What a decision takes of people's records, and those records: it counts only while they stay as they were read. */
export interface PeopleRead {
  readonly facts: PeopleFacts
  readonly restsOn: readonly RestsOn[]
  /** Who decides has been disabled, or has lost their role, since their request was let in. */
  readonly barred?: ReturnType<typeof refused> | undefined
}

export type RecordOptions = Pick<Transaction<PersonDocument>, 'deadline' | 'dueAt'> & {
  readonly remember?: RememberAs | undefined
}

export type PersonRequest = {
  [N in PersonRequestName]: { readonly name: N; readonly payload: OperatorRequest<N> }
}[PersonRequestName]

/** Whose a login is: somebody's, nobody's any more (and of whom it was last, where a record says so), or nobody's ever. */
interface Whose {
  readonly person?: PersonDocument | undefined
  readonly last?: PersonDocument | undefined
  readonly isRetired?: true
}

export interface PeoplePorts {
  readonly store: Store
  readonly clock: Clock
  readonly queue: KeyedQueue
  readonly publish: Publish
  readonly log: CommandLog
  /** Whether a read costs a round trip that is worth to be spared by remembering. */
  readonly remembers: boolean
}

export function createPeople(ports: PeoplePorts): People {
  const { store } = ports
  const seen = new Recollection()

  const load = async (ref: DocumentRef): Promise<Recalled> => {
    const loaded = await store.load(ref, undefined, true)
    if (ports.remembers) seen.keep(ref, loaded)
    return loaded
  }

  const read: People['read'] = async (tenant, id) => {
    const ref = personRef(tenant, id)
    const { doc, version, write } = await load(ref)
    return { person: doc === undefined ? undefined : readPersonDocument(doc), rest: { ref, version, write } }
  }
  const get: People['get'] = async (tenant, id) => (await read(tenant, id)).person

  const whose = async (tenant: string, login: string): Promise<Whose> => {
    const { doc } = await load(loginRef(tenant, login))
    if (doc === undefined) return {}
    const claimed = readLoginDocument(doc)
    return whoseBy(login, claimed, await get(tenant, claimed.person))
  }

  /** The same as it was last seen, with all that it was seen in. */
  const whoseAsSeen = (
    tenant: string,
    login: string,
  ): { readonly whose: Whose; readonly restsOn: readonly RestsOn[] } | undefined => {
    const ref = loginRef(tenant, login)
    const claim = seen.of(ref)
    if (!claim) return undefined
    const rest = { ref, version: claim.version, write: claim.write }
    if (claim.doc === undefined) return { whose: {}, restsOn: [rest] }
    const claimed = readLoginDocument(claim.doc)
    const holder = personRef(tenant, claimed.person)
    const record = seen.of(holder)
    if (!record) return undefined
    const person = record.doc === undefined ? undefined : readPersonDocument(record.doc)
    return {
      whose: whoseBy(login, claimed, person),
      restsOn: [rest, { ref: holder, version: record.version, write: record.write }],
    }
  }

  /** ID2: each login is claimed before the record lists it. */
  const claim = async (tenant: string, login: string, person: string): Promise<Answer> => {
    const ref = loginRef(tenant, login)
    const standing = await store.load(ref)
    const named = standing.doc === undefined ? undefined : readLoginDocument(standing.doc).person
    const holder = named === undefined ? undefined : await get(tenant, named)
    const retired = holder?.retired?.includes(login) === true
    const outcome = await inQueue(ports, ref, {
      read: readLoginDocument,
      decide: (doc, at) => {
        const lists = doc?.person !== named || holder?.logins.includes(login) === true
        return decideLogin(login, doc, person, { lists, retired }, at)
      },
    })
    return outcome.answer
  }

  const onRecord: People['onRecord'] = (tenant, id, decide, options = {}) =>
    inQueue<PersonDocument>(ports, personRef(tenant, id), {
      read: readPersonDocument,
      decide,
      command: options.remember,
      deadline: options.deadline,
      dueAt: options.dueAt,
    })

  const submit = async (tenant: string, by: Person, request: PersonRequest): Promise<Answered> => {
    const { id } = request.payload
    const command = commandOf(request, by)
    const remember = rememberAs(request, by)
    // AP7: a login may have become somebody else's since this was done
    const { earlier } = await store.load(personRef(tenant, id), remember.id)
    for (const login of earlier ? [] : loginsOf(request)) {
      const claimed = await claim(tenant, login, id)
      if (!claimed.ok) return { answer: claimed, events: [] }
    }
    const decide = (doc: PersonDocument | undefined, at: number) =>
      decidePerson({ tenant, id }, doc, command, at)
    const outcome = await onRecord(tenant, id, decide, { remember })
    return { answer: outcome.answer, events: outcome.events, replayed: outcome.earlier !== undefined }
  }

  return {
    now: () => store.now(),
    get,
    read,
    byLogin: async (tenant, login) => (await whose(tenant, login)).person,
    async lastOf(tenant, login) {
      const { person, last } = await whose(tenant, login)
      return person ?? last
    },
    onRecord,
    async acting(bearer) {
      const { tenant, id, role } = bearer
      if (!hasRole(role, 'viewer'))
        return refused('forbidden', `Only a person's token opens this; yours has the role ${role}.`)
      return speaking(bearer, await whose(tenant, id))
    },
    remembered(bearer) {
      const { tenant, id, role } = bearer
      const bound = hasRole(role, 'viewer') ? whoseAsSeen(tenant, id) : undefined
      if (!bound) return undefined
      const who = speaking(bearer, bound.whose)
      return who.ok ? { person: who.value, restsOn: bound.restsOn } : undefined
    },
    async page(tenant, afterId, limit) {
      const found = await store.listDocuments({
        tenant,
        kind: 'person',
        limit,
        ...(afterId !== undefined && { afterId }),
      })
      return found.map(({ doc }) => readPersonDocument(doc))
    },
    submit: (tenant, by, request) => answeredInTime(ports, () => submit(tenant, by, request)),
  }
}

const personRef = (tenant: string, id: string): DocumentRef => ({ tenant, kind: 'person', id })
const loginRef = (tenant: string, id: string): DocumentRef => ({ tenant, kind: 'login', id })

/** Both sides must say so: a claim that was cut short counts for nobody, and a login that was taken away neither. */
function whoseBy(login: string, { once }: LoginDocument, person: PersonDocument | undefined): Whose {
  if (person?.logins.includes(login)) return { person }
  const last = person?.retired?.includes(login) ? person : undefined
  return once || last ? { last, isRetired: true } : {}
}

const speaking = (
  { id, role, jti, issuedAt, session }: Bearer,
  { person, isRetired }: Whose,
): Result<Person> =>
  isRetired ? loginRetired : actingAs({ id, role: role as Person['role'], jti, issuedAt, session }, person)

/** Adding somebody claims their id as a login, so that it can't be another person's. */
function loginsOf(request: PersonRequest): readonly string[] {
  switch (request.name) {
    case 'person.add':
    case 'person.change': {
      const { id, logins } = request.payload
      if (logins === undefined) return request.name === 'person.add' ? [id] : []
      return [...new Set([id, ...logins])]
    }
    default:
      return []
  }
}

function commandOf({ name, payload }: PersonRequest, by: Person): PersonRecordCommand {
  switch (name) {
    case 'person.add': {
      const { key: _key, id: _id, ...profile } = payload
      return { type: name, profile, by }
    }
    case 'person.change': {
      const { key: _key, id: _id, replaces, ...profile } = payload
      return { type: name, profile, replaces, by }
    }
    case 'person.disable':
    case 'person.enable':
      return { type: name, reason: payload.reason, by }
  }
}

/** `replaces` says what a change was made from, not what it is: whoever asks again may have looked again. */
function rememberAs({ name, payload }: PersonRequest, by: Person): RememberAs {
  const { replaces: _replaces, ...what } = { replaces: undefined, ...payload }
  return { id: { principal: `person ${by.id}`, key: payload.key }, fingerprint: fingerprintOf(name, what) }
}

/** One command on a small document, in the order it came. */
function inQueue<D>(
  { store, queue, publish }: Pick<PeoplePorts, 'store' | 'queue' | 'publish'>,
  ref: DocumentRef,
  transaction: Omit<Transaction<D>, 'ref'>,
): Promise<Outcome<D>> {
  return queue.run(`${ref.kind} ${ref.tenant} ${ref.id}`, async () => {
    const outcome = await transact<D>(store, { ref, ...transaction })
    publish(outcome.events)
    return outcome
  })
}

/** A page of people by id; `team` keeps those of one team. */
export async function listPeople(
  people: People,
  tenant: string,
  {
    team,
    limit,
    after,
  }: { readonly team?: string | undefined; readonly limit: number; readonly after?: string | undefined },
): Promise<Result<{ readonly people: readonly PersonView[]; readonly next?: string | undefined }>> {
  const found: PersonDocument[] = []
  let afterId = after
  // one more than is shown tells whether there is a next page
  while (found.length <= limit) {
    const page = await people.page(tenant, afterId, limit + 1)
    found.push(...page.filter(({ teams }) => team === undefined || teams.includes(team)))
    if (page.length <= limit) break
    afterId = page.at(-1)?.id
  }
  const shown = found.slice(0, limit)
  return ok({
    people: shown.map((one) => personDetail(one, people.now())),
    next: found.length > limit ? shown.at(-1)?.id : undefined,
  })
}

/** Whose connections end with what was just committed: of somebody who was disabled, or by logins that were taken. */
export const endedLogins = (events: readonly StoredEvent[]): readonly (readonly string[])[] =>
  events.flatMap(({ type, data }) => {
    if (type === 'person.disabled') return [(data.person as PersonView).logins]
    return type === 'person.changed' && data.taken ? [data.taken as readonly string[]] : []
  })

/** Which sessions are over with what was just committed. */
export const endedSessions = (events: readonly StoredEvent[]): readonly string[] =>
  events.flatMap(({ type, data }) =>
    type === 'session.ended' || type === 'password.changed' ? (data.sessions as readonly string[]) : [],
  )
