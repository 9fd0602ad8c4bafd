import { HOUR, type OperatorRequest, ok, type PersonRole, type Result, refused } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Person } from '../domain/commands.ts'
import { claimLink, issueLink } from '../domain/sign-in.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type CommandLog, inTime } from './in-time.ts'
import type { People, PersonHandled } from './people.ts'

/** What decisions may not make themselves: secrets, and tokens of ours. */
export interface SignInKit {
  newSecret(): string
  hashOf(secret: string): string
  /** Undefined where another issuer's tokens are believed: then ours are of no use. */
  readonly mint:
    | ((who: {
        readonly tenant: string
        readonly subject: string
        readonly role: PersonRole
        readonly ttlMs: number
      }) => Promise<Result<string>>)
    | undefined
}

/** How long a session that began by a link lasts. */
const SESSION_MS = 12 * HOUR

/** Signing in without a token at hand. Nothing here throws. */
export interface SignIn {
  /** An admin makes a one-time link for a person. Its secret is in the answer and nowhere else. */
  issue(tenant: string, by: Person, payload: OperatorRequest<'person.link'>): Promise<PersonHandled>
  /** Claims a link, once. Errors: `unauthenticated`. */
  claim(link: string): Promise<Result<{ readonly token: string; readonly expiresInMs: number }>>
}

export function createSignIn(ports: {
  readonly clock: Clock
  readonly people: People
  readonly kit: SignInKit
  readonly log: CommandLog
}): SignIn {
  const { clock, people, kit, log } = ports
  return {
    async issue(tenant, by, payload) {
      const { key, id } = payload
      if (!kit.mint) return { answer: foreignIssuer, events: [] }
      const secret = kit.newSecret()
      const done = await inTime<PersonHandled>(clock, log, async (begin) => {
        begin()
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
      return 'answer' in done ? done : { answer: done, events: [] }
    },
    async claim(link) {
      const [tenant = '', id = '', secret = '', ...more] = link.split('~')
      const { mint } = kit
      if (!mint) return foreignIssuer
      if (more.length > 0 || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(tenant) || id === '' || id.length > 128)
        return refused('unauthenticated', 'That is not a sign-in link.')
      return inTime<Result<{ token: string; expiresInMs: number }>>(clock, log, async (begin) => {
        begin()
        const hash = kit.hashOf(secret)
        const { answer } = await people.onRecord(tenant, id, (doc, at) => claimLink(doc, hash, at))
        if (!answer.ok) return answer
        const { role } = answer.value as { readonly role: PersonRole }
        const token = await mint({ tenant, subject: id, role, ttlMs: SESSION_MS })
        return token.ok ? ok({ token: token.value, expiresInMs: SESSION_MS }) : token
      })
    },
  }
}

const foreignIssuer = refused(
  'conflict',
  'This server believes the tokens of another issuer; people sign in there.',
)
const toldBefore = refused('conflict', 'That link was told once, and is kept by nobody; make another one.')
