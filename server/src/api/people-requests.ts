import { refused } from '@holdpoint/shared'
import type { Credentials } from '../commands/credentials.ts'
import type { Factors } from '../commands/factors.ts'
import { listPeople, type People } from '../commands/people.ts'
import type { SignIn } from '../commands/sign-in.ts'
import type { Person } from '../domain/commands.ts'
import { personDetail } from '../domain/person-views.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { OperatorCall } from './decode.ts'
import type { Caused, Reply } from './line.ts'

export type PeopleCall = Extract<
  OperatorCall,
  {
    readonly name:
      | `person.${string}`
      | `factor.${string}`
      | `session.${string}`
      | 'people.list'
      | 'password.set'
  }
>

interface PeoplePorts {
  readonly people: People
  readonly factors: Factors
  readonly signIn: Pick<SignIn, 'issue'>
  readonly credentials: Credentials
}

const DEFAULT_LIMIT = 100

/** Serves what is asked and said about people. */
export async function servePeople(
  { people, factors, signIn, credentials }: PeoplePorts,
  tenant: string,
  who: Person,
  call: PeopleCall,
  caused: Caused,
): Promise<Reply> {
  switch (call.name) {
    case 'people.list': {
      const { team, cursor, limit = DEFAULT_LIMIT } = call.payload
      const after = cursor === undefined ? undefined : readCursor(cursor, ['string'])?.[0]
      if (cursor !== undefined && after === undefined)
        return refused('invalid', 'That cursor is not one that this request gave.', { path: '/cursor' })
      const page = await listPeople(people, tenant, { team, limit, after: after as string | undefined })
      if (!page.ok) return page
      const { next, people: shown } = page.value
      return { ok: true, people: shown, ...(next !== undefined && { nextCursor: writeCursor([next]) }) }
    }
    case 'person.get': {
      const person = await people.get(tenant, call.payload.id)
      return person ? { ok: true, person: personDetail(person, people.now()) } : refused('not_found')
    }
    case 'person.me': {
      const person = who.registered ? await people.get(tenant, who.id) : undefined
      return {
        ok: true,
        id: who.id,
        role: who.role,
        ...(person && { person: personDetail(person, people.now()) }),
      }
    }
    case 'factor.enroll':
    case 'factor.confirm':
    case 'factor.remove':
    case 'factor.reset': {
      const { answer, events, replayed } = await factors.submit(tenant, who, call)
      return caused(answer, events, replayed)
    }
    case 'person.link': {
      const { answer, events, replayed } = await signIn.issue(tenant, who, call.payload)
      return caused(answer, events, replayed)
    }
    case 'session.list': {
      const sessions = await credentials.sessions(tenant, who, call.payload.person)
      return sessions.ok ? { ok: true, sessions: sessions.value } : sessions
    }
    case 'session.end':
    case 'password.set':
    case 'person.password': {
      const { answer, events, replayed } = await credentials.submit(tenant, who, call)
      return caused(answer, events, replayed)
    }
    default: {
      const { answer, events, replayed } = await people.submit(tenant, who, call)
      return caused(answer, events, replayed)
    }
  }
}
