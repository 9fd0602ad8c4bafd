import type { FactorView, OperatorAnswers, PersonRole, PersonView, SessionView } from '@holdpoint/shared'
import type {
  CallOptions,
  CommandOptions,
  EnrolledFactor,
  PeoplePage,
  PeopleQuery,
  PersonOptions,
} from '../operator-types.ts'
import { SteeringRequests } from './steering.ts'

/** Who people are and how they come in: records, passwords, sessions, second factors, tokens. */
export abstract class PeopleRequests extends SteeringRequests {
  /** Revokes one token by its `jti`, or all that were issued to a subject until now. */
  async revokeToken(
    which: { readonly jti: string } | { readonly subject: string },
    reason: string,
    options?: CommandOptions,
  ): Promise<void> {
    await this.command('token.revoke', { ...which, reason }, options)
  }

  /** Registered people by id; admins only. */
  people(query: PeopleQuery = {}, options?: CallOptions): Promise<PeoplePage> {
    return this.read('people.list', query, options)
  }

  async person(id: string, options?: CallOptions): Promise<PersonView> {
    return (await this.read('person.get', { id }, options)).person
  }

  /** Who the token stands for, and the role that counts. */
  me(options?: CallOptions): Promise<OperatorAnswers['person.me']> {
    return this.read('person.me', {}, options)
  }

  /** Registers a person (ID2). Errors: `conflict` where the id, or one of the logins, is somebody's. */
  async addPerson(id: string, role: PersonRole, options: PersonOptions = {}): Promise<PersonView> {
    return (await this.command('person.add', { id, role, ...profileOf(options) }, options)).person
  }

  /**
   * Replaces what is named of a person's record; what is not named stays. `replaces`: the `revision` that the change was
   * made from. Errors: `conflict` where somebody has changed them since.
   */
  async changePerson(
    id: string,
    options: PersonOptions & {
      readonly role?: PersonRole | undefined
      readonly replaces?: number | undefined
    },
  ): Promise<PersonView> {
    const payload = { id, role: options.role, replaces: options.replaces, ...profileOf(options) }
    return (await this.command('person.change', payload, options)).person
  }

  /** Ends their connections within a second, and lets none of their tokens count. */
  async disablePerson(id: string, reason: string, options?: CommandOptions): Promise<PersonView> {
    return (await this.command('person.disable', { id, reason }, options)).person
  }

  /** Tokens that were issued before they were disabled stay void. */
  async enablePerson(id: string, reason: string, options?: CommandOptions): Promise<PersonView> {
    return (await this.command('person.enable', { id, reason }, options)).person
  }

  /** A one-time sign-in link for a person: ten minutes, one claim. Told once. */
  async linkPerson(
    id: string,
    options?: CommandOptions,
  ): Promise<{ readonly link: string; readonly expiresAt: string }> {
    const { link, expiresAt } = await this.command('person.link', { id }, options)
    return { link, expiresAt }
  }

  /**
   * The caller's own password. Takes the one in place as `current`, or a session that began by a link a moment ago; and
   * a code where there is a second factor. Ends their other sessions.
   */
  async setPassword(
    password: string,
    {
      current,
      totp,
      ...options
    }: CommandOptions & { readonly current?: string; readonly totp?: string } = {},
  ): Promise<void> {
    const factor = totp === undefined ? undefined : { totp }
    await this.command('password.set', { password, current, factor }, options)
  }

  /** An admin sets somebody's, and ends their sessions. */
  async setPasswordOf(id: string, password: string, options?: CommandOptions): Promise<void> {
    await this.command('person.password', { id, password }, options)
  }

  /** Browsers in which the caller is signed in; an admin may name somebody else. */
  async sessions(person?: string, options?: CallOptions): Promise<readonly SessionView[]> {
    return (await this.read('session.list', { person }, options)).sessions
  }

  /** Ends one session, or without `session` all but the present one; resolves with those that are over. */
  async endSessions(
    which: { readonly session?: string | undefined; readonly person?: string | undefined } = {},
    options?: CommandOptions,
  ): Promise<readonly string[]> {
    return (await this.command('session.end', which, options)).ended
  }

  /** The caller's own second factor; it counts once `confirmFactor` was called. Told again under the same key. */
  async enrollFactor(
    options: CommandOptions & { readonly totp?: string; readonly recovery?: string } = {},
  ): Promise<EnrolledFactor> {
    const { totp, recovery } = options
    const payload = { recovery, factor: totp === undefined ? undefined : { totp } }
    const { otpauth, recovery: codes } = await this.command('factor.enroll', payload, options)
    return { otpauth, recovery: codes }
  }

  async confirmFactor(totp: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.command('factor.confirm', { factor: { totp } }, options)).factor
  }

  async removeFactor(totp: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.command('factor.remove', { factor: { totp } }, options)).factor
  }

  /** An admin takes a lost factor away; it is gone after a day, unless it is used before. */
  async resetFactor(id: string, reason: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.command('factor.reset', { id, reason }, options)).factor
  }
}

const profileOf = ({ displayName, teams, logins, addresses }: PersonOptions) => ({
  displayName,
  teams,
  logins,
  addresses,
})
