import {
  type AgentView,
  type ApprovalDetail,
  type ApprovalView,
  type AutonomyLevel,
  type AutonomyView,
  type ChannelAttempt,
  type ChannelStanding,
  checkJson,
  type Digest,
  type EventView,
  type FactorView,
  type OnCallView,
  type OperatorAnswers,
  type OperatorRequestName,
  type OrderView,
  type OverrideView,
  type PersonRole,
  type PersonView,
  type Policy,
  refusal,
  type SessionView,
  type StandingGrantView,
  type Target,
  type TicketView,
} from '@holdpoint/shared'
import { HoldpointError } from './errors.ts'
import { OperatorSession } from './operator-session.ts'
import type {
  AgentDetail,
  AgentFilter,
  AgentPage,
  ApprovalFilter,
  ApprovalPage,
  ApproveOptions,
  CallOptions,
  Change,
  CommandOptions,
  ConnectionStatus,
  DisplayedApproval,
  EnrolledFactor,
  EventPage,
  HistoryQuery,
  Intervention,
  LogQuery,
  OperatorClientOptions,
  PeoplePage,
  PeopleQuery,
  PersonOptions,
  ReadyOptions,
  ReplicaView,
  Resolution,
  TargetInput,
  TicketFilter,
  TicketPage,
} from './operator-types.ts'
import { AsyncQueue } from './queue.ts'
import { verifyBytes, verifyDetail } from './verify-detail.ts'

/** How many events a reader may lag behind before it is told that it is too slow. */
const EVENTS_KEPT = 10_000

/**
 * A console's connection: a live replica and the operators' requests. Runs in browsers. It connects with the first
 * call of `ready()` or of any request, and reconnects until closed.
 * Reads fail with HoldpointError; commands also with OutcomeUnknownError, whose key asks again (PR2).
 */
export class OperatorClient {
  readonly #session: OperatorSession
  readonly #closed = new AbortController()

  constructor(options: OperatorClientOptions) {
    this.#session = new OperatorSession(options)
    const { signal } = options
    if (signal?.aborted) void this.close()
    else
      signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#closed.signal })
  }

  get replica(): ReplicaView {
    return this.#session.replica
  }

  get connection(): ConnectionStatus {
    return this.#session.connection
  }

  /** The server's clock by our estimate, ms since the epoch; for countdowns only (PR8). */
  serverNow(): number {
    return this.#session.serverNow()
  }

  /** Connected and in sync. Errors: HoldpointError (`unauthenticated`, `forbidden`, `unavailable`, …); the signal's reason. */
  ready(options?: ReadyOptions): Promise<void> {
    return this.#session.ready(options)
  }

  /**
   * Finds out now whether the connection lives, and makes another where it does not: for a page that was asleep or whose
   * network changed, which would otherwise miss the server's sign of life only in time. Never fails.
   */
  probe(): Promise<void> {
    return this.#session.probe()
  }

  /** Told after the replica or the connection changed. Returns the unsubscribe. */
  onChange(listener: (change: Change) => void): () => void {
    return this.#session.onChange(listener)
  }

  /**
   * Every event from now on, in order, once. Where so much was missed that a fresh snapshot came instead, events are
   * left out: `onChange` tells of it. Errors: HoldpointError when the client failed, or the reader is too slow.
   */
  events(): AsyncIterableIterator<EventView> {
    const queue = new AsyncQueue<EventView>(EVENTS_KEPT)
    const session = this.#session
    const stop = session.onChange((change) => {
      if (change.kind === 'events')
        for (const event of change.events) {
          if (!queue.push(event)) queue.end(tooSlow())
        }
      else if (session.ended) queue.end(session.failure)
    })
    if (session.ended) queue.end(session.failure)
    return {
      next: () => queue.next(),
      return: async () => {
        stop()
        queue.end()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** Releases exactly the displayed bytes, or the edited `args` (AP4). */
  async approve(displayed: DisplayedApproval, options: ApproveOptions = {}): Promise<ApprovalView> {
    const { args, note, totp } = options
    const problem = args === undefined ? undefined : checkJson(args)
    if (problem) throw new HoldpointError(problem)
    const factor = totp === undefined ? undefined : { totp }
    const payload = { ...decisionOn(displayed), args, note, factor }
    return (await this.#command('approval.approve', payload, options)).approval
  }

  async deny(displayed: DisplayedApproval, reason: string, options?: CommandOptions): Promise<ApprovalView> {
    return (await this.#command('approval.deny', { ...decisionOn(displayed), reason }, options)).approval
  }

  /** A message instead of running it (AP4). */
  async respond(
    displayed: DisplayedApproval,
    message: string,
    options?: CommandOptions,
  ): Promise<ApprovalView> {
    return (await this.#command('approval.respond', { ...decisionOn(displayed), message }, options)).approval
  }

  pause(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.#command('agent.pause', { target: targetOf(target), reason }, options)
  }

  resume(target: TargetInput, reason?: string, options?: CommandOptions): Promise<Intervention> {
    return this.#command('agent.resume', { target: targetOf(target), reason }, options)
  }

  stop(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.#command('agent.stop', { target: targetOf(target), reason }, options)
  }

  reinstate(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.#command('agent.reinstate', { target: targetOf(target), reason }, options)
  }

  /** Queues an instruction (IN2). `data` is any JSON. */
  async inject(
    target: TargetInput,
    text: string,
    data?: unknown,
    options?: CommandOptions,
  ): Promise<Intervention> {
    const problem = data === undefined ? undefined : checkJson(data)
    if (problem) throw new HoldpointError(problem)
    return this.#command('agent.inject', { target: targetOf(target), text, data }, options)
  }

  async orders(options?: CallOptions): Promise<readonly OrderView[]> {
    return (await this.#read('order.list', {}, options)).orders
  }

  async liftOrder(id: string, reason: string, options?: CommandOptions): Promise<readonly OrderView[]> {
    return (await this.#command('order.lift', { id, reason }, options)).orders
  }

  /** Kills a release that nobody has begun (IN1). */
  async revoke(id: string, reason: string, options?: CommandOptions): Promise<ApprovalView> {
    return (await this.#command('override.revoke', { id, reason }, options)).approval
  }

  /** An admin releases exactly the displayed bytes, alone (IN1); never without the factor that its level asks for. */
  async grant(
    displayed: DisplayedApproval,
    reason: string,
    options: CommandOptions & { readonly totp?: string } = {},
  ): Promise<ApprovalView> {
    const factor = options.totp === undefined ? undefined : { totp: options.totp }
    return (await this.#command('override.grant', { ...decisionOn(displayed), reason, factor }, options))
      .approval
  }

  /** Fixes an agent's autonomy level; without one, lets it move again (IN1). */
  async pinTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.#command('trust.pin', { agent, level, reason }, options)).autonomy
  }

  /** Bounds an agent's autonomy level from above; without one, lifts the bound (IN1). */
  async capTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.#command('trust.cap', { agent, level, reason }, options)).autonomy
  }

  /** Trust starts again where a new agent's does (IN1). */
  async resetTrust(agent: string, reason: string, options?: CommandOptions): Promise<AutonomyView> {
    return (await this.#command('trust.reset', { agent, reason }, options)).autonomy
  }

  /** Releases an agent's action in advance (AP13): the next `count`, or `until` a time (ISO 8601), where `when` holds. */
  async issueStanding(
    agent: string,
    action: string,
    reason: string,
    options: CommandOptions & {
      readonly when?: string | undefined
      readonly count?: number | undefined
      readonly until?: string | undefined
    },
  ): Promise<StandingGrantView> {
    const { when, count, until } = options
    const payload = { agent, action, reason, when, count, until }
    return (await this.#command('standing.issue', payload, options)).standing
  }

  async revokeStanding(
    agent: string,
    id: string,
    reason: string,
    options?: CommandOptions,
  ): Promise<StandingGrantView> {
    return (await this.#command('standing.revoke', { agent, id, reason }, options)).standing
  }

  /** What was released in advance for one agent, or without one for all of them, by agent (AP13). */
  async standing(agent?: string, options?: CallOptions): Promise<readonly StandingGrantView[]> {
    const all: StandingGrantView[] = []
    let cursor: string | undefined
    do {
      const page: OperatorAnswers['standing.list'] = await this.#read(
        'standing.list',
        { agent, cursor },
        options,
      )
      all.push(...page.standing)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return all
  }

  /** The promotion that trust has earned takes effect (AU2). `level`: which one is meant. */
  async confirmTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.#command('trust.confirm', { agent, level, reason }, options)).autonomy
  }

  async agents(filter: AgentFilter = {}, options?: CallOptions): Promise<AgentPage> {
    const page = await this.#read('agents.list', filter, options)
    this.#see(page.agents)
    const isWhole = !filter.state && !filter.labels && !filter.search
    if (isWhole) this.#session.replica.countAgents(Object.values(page.counts).reduce((sum, n) => sum + n, 0))
    return page
  }

  async agent(id: string, options?: CallOptions): Promise<AgentDetail> {
    const detail = await this.#read('agent.get', { id }, options)
    this.#see([detail.agent])
    return detail
  }

  /** The visible window: these agents' presence comes in until the next call. */
  async watchAgents(ids: readonly string[], options?: CallOptions): Promise<readonly AgentView[]> {
    this.#session.watch(ids)
    const { agents } = await this.#read('agents.watch', { ids }, options)
    this.#see(agents)
    return agents
  }

  /** One approval with the bytes that would run, verified. Errors: HoldpointError `invalid` where they don't match. */
  async approval(id: string, options?: CallOptions): Promise<ApprovalDetail> {
    const { approval } = await this.#read('approval.get', { id }, options)
    verifyDetail(approval)
    return approval
  }

  approvals(filter: ApprovalFilter = {}, options?: CallOptions): Promise<ApprovalPage> {
    return this.#read('approval.list', filter, options)
  }

  async ticket(id: string, options?: CallOptions): Promise<TicketView> {
    return (await this.#read('ticket.get', { id }, options)).ticket
  }

  tickets(filter: TicketFilter = {}, options?: CallOptions): Promise<TicketPage> {
    return this.#read('ticket.list', filter, options)
  }

  async acknowledge(id: string, options?: CommandOptions): Promise<TicketView> {
    return (await this.#command('ticket.acknowledge', { id }, options)).ticket
  }

  async assign(id: string, assignee: string, options?: CommandOptions): Promise<TicketView> {
    return (await this.#command('ticket.assign', { id, assignee }, options)).ticket
  }

  /** Answers a question in the form it asks for (ES5). */
  async answer(id: string, answer: unknown, options?: CommandOptions): Promise<TicketView> {
    const problem = checkJson(answer)
    if (problem) throw new HoldpointError(problem)
    return (await this.#command('ticket.resolve', { id, answer }, options)).ticket
  }

  async resolve(id: string, { resolution, action, ...options }: Resolution = {}): Promise<TicketView> {
    const problem = action === undefined ? undefined : checkJson(action.args)
    if (problem) throw new HoldpointError(problem)
    return (await this.#command('ticket.resolve', { id, resolution, action }, options)).ticket
  }

  /** One page, newest first. */
  history(query: HistoryQuery = {}, options?: CallOptions): Promise<EventPage> {
    return this.#read('history.list', query, options)
  }

  /**
   * What policy refused at once, by the number of its `action.refused` event: with the bytes that were asked for, verified.
   * Errors: HoldpointError `not_found`; `invalid` where they don't match.
   */
  async refusal(seq: number, options?: CallOptions): Promise<OperatorAnswers['refusal.get']> {
    const refusal = await this.#read('refusal.get', { seq }, options)
    verifyBytes(refusal.canonical, refusal.event.data)
    return refusal
  }

  /** All pages, newest first; the next page is only read when it is asked for. */
  async *historyEvents(query: HistoryQuery = {}, options?: CallOptions): AsyncIterableIterator<EventView> {
    let { cursor } = query
    do {
      const page = await this.history({ ...query, cursor }, options)
      yield* page.events
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** The log exactly as it is kept, oldest first, a page of what follows on `after` (PR7). */
  log(query: LogQuery, options?: CallOptions): Promise<OperatorAnswers['log.read']> {
    return this.#read('log.read', query, options)
  }

  async policy(options?: CallOptions): Promise<Policy> {
    return (await this.activePolicy(options)).policy
  }

  /** The active policy, with its digest and who activated it. */
  activePolicy(options?: CallOptions): Promise<OperatorAnswers['policy.get']> {
    return this.#read('policy.get', {}, options)
  }

  /**
   * Makes a policy document the one that decides (PO6). `replaces`: the digest of the policy that it was made from.
   * Errors: `invalid` with `details.problems`, `conflict`.
   */
  activatePolicy(
    policy: unknown,
    reason: string,
    { replaces, ...options }: CommandOptions & { readonly replaces?: Digest } = {},
  ): Promise<OperatorAnswers['policy.activate']> {
    const problem = checkJson(policy)
    if (problem) throw new HoldpointError(problem)
    return this.#command('policy.activate', { policy, reason, replaces }, options)
  }

  /** Lets a candidate judge beside the active policy, on record alone (PO6); without one, ends that. */
  shadowPolicy(
    policy: unknown,
    reason: string,
    options?: CommandOptions,
  ): Promise<OperatorAnswers['policy.shadow']> {
    const problem = policy === undefined ? undefined : checkJson(policy)
    if (problem) throw new HoldpointError(problem)
    return this.#command('policy.shadow', { policy, reason }, options)
  }

  /** Revokes one token by its `jti`, or all that were issued to a subject until now. */
  async revokeToken(
    which: { readonly jti: string } | { readonly subject: string },
    reason: string,
    options?: CommandOptions,
  ): Promise<void> {
    await this.#command('token.revoke', { ...which, reason }, options)
  }

  /** Registered people by id; admins only. */
  people(query: PeopleQuery = {}, options?: CallOptions): Promise<PeoplePage> {
    return this.#read('people.list', query, options)
  }

  async person(id: string, options?: CallOptions): Promise<PersonView> {
    return (await this.#read('person.get', { id }, options)).person
  }

  /** Who the token stands for, and the role that counts. */
  me(options?: CallOptions): Promise<OperatorAnswers['person.me']> {
    return this.#read('person.me', {}, options)
  }

  /** Who is on call (ES2): now, at another time, or from then until another. */
  async onCall(
    query: { readonly schedule?: string; readonly at?: string; readonly until?: string } = {},
    options?: CallOptions,
  ): Promise<readonly OnCallView[]> {
    return (await this.#read('oncall.get', query, options)).schedules
  }

  /** Lets somebody take over for a while. Times are ISO 8601. Errors: `not_found` schedule, `invalid` times. */
  async overrideOnCall(
    schedule: string,
    person: string,
    { from, until }: { readonly from: string; readonly until: string },
    options?: CommandOptions,
  ): Promise<OverrideView> {
    return (await this.#command('oncall.override', { schedule, person, from, until }, options)).override
  }

  async cancelOverride(id: string, options?: CommandOptions): Promise<OverrideView> {
    return (await this.#command('oncall.cancel', { id }, options)).override
  }

  /** Through what people are told, and whether it works (ES2). */
  async channels(options?: CallOptions): Promise<readonly ChannelStanding[]> {
    return (await this.#read('channel.list', {}, options)).channels
  }

  /** Sends a test message now, and says how that went. One that succeeds enables a disabled channel again. */
  async testChannel(
    name: string,
    person?: string,
    options?: CommandOptions,
  ): Promise<readonly ChannelAttempt[]> {
    return (await this.#command('channel.test', { name, person }, options)).attempts
  }

  /** Registers a person (ID2). Errors: `conflict` where the id, or one of the logins, is somebody's. */
  async addPerson(id: string, role: PersonRole, options: PersonOptions = {}): Promise<PersonView> {
    return (await this.#command('person.add', { id, role, ...profileOf(options) }, options)).person
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
    return (await this.#command('person.change', payload, options)).person
  }

  /** Ends their connections within a second, and lets none of their tokens count. */
  async disablePerson(id: string, reason: string, options?: CommandOptions): Promise<PersonView> {
    return (await this.#command('person.disable', { id, reason }, options)).person
  }

  /** Tokens that were issued before they were disabled stay void. */
  async enablePerson(id: string, reason: string, options?: CommandOptions): Promise<PersonView> {
    return (await this.#command('person.enable', { id, reason }, options)).person
  }

  /** A one-time sign-in link for a person: ten minutes, one claim. Told once. */
  async linkPerson(
    id: string,
    options?: CommandOptions,
  ): Promise<{ readonly link: string; readonly expiresAt: string }> {
    const { link, expiresAt } = await this.#command('person.link', { id }, options)
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
    await this.#command('password.set', { password, current, factor }, options)
  }

  /** An admin sets somebody's, and ends their sessions. */
  async setPasswordOf(id: string, password: string, options?: CommandOptions): Promise<void> {
    await this.#command('person.password', { id, password }, options)
  }

  /** Browsers in which the caller is signed in; an admin may name somebody else. */
  async sessions(person?: string, options?: CallOptions): Promise<readonly SessionView[]> {
    return (await this.#read('session.list', { person }, options)).sessions
  }

  /** Ends one session, or without `session` all but the present one; resolves with those that are over. */
  async endSessions(
    which: { readonly session?: string | undefined; readonly person?: string | undefined } = {},
    options?: CommandOptions,
  ): Promise<readonly string[]> {
    return (await this.#command('session.end', which, options)).ended
  }

  /** The caller's own second factor; it counts once `confirmFactor` was called. Told again under the same key. */
  async enrollFactor(
    options: CommandOptions & { readonly totp?: string; readonly recovery?: string } = {},
  ): Promise<EnrolledFactor> {
    const { totp, recovery } = options
    const payload = { recovery, factor: totp === undefined ? undefined : { totp } }
    const { otpauth, recovery: codes } = await this.#command('factor.enroll', payload, options)
    return { otpauth, recovery: codes }
  }

  async confirmFactor(totp: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.#command('factor.confirm', { factor: { totp } }, options)).factor
  }

  async removeFactor(totp: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.#command('factor.remove', { factor: { totp } }, options)).factor
  }

  /** An admin takes a lost factor away; it is gone after a day, unless it is used before. */
  async resetFactor(id: string, reason: string, options?: CommandOptions): Promise<FactorView> {
    return (await this.#command('factor.reset', { id, reason }, options)).factor
  }

  /** These were displayed (AP11). Reported in batches; may be lost. */
  seen(ids: readonly string[]): void {
    this.#session.seen(ids)
  }

  /** Which approval or ticket this person has before them, for other consoles to see; undefined: none. */
  look(id: string | undefined): void {
    this.#session.look(id)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#session.end(new HoldpointError(refusal('unavailable', 'This client was closed.')))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #see(agents: readonly AgentView[]): void {
    for (const agent of agents) this.#session.replica.seeAgent(agent)
  }

  async #read<N extends OperatorRequestName>(
    event: N,
    payload: object,
    options?: CallOptions,
  ): Promise<OperatorAnswers[N]> {
    return (await this.#session.read(event, payload, options)) as unknown as OperatorAnswers[N]
  }

  async #command<N extends OperatorRequestName>(
    event: N,
    payload: object,
    options?: CommandOptions,
  ): Promise<OperatorAnswers[N]> {
    return (await this.#session.command(event, payload, options)) as unknown as OperatorAnswers[N]
  }
}

const profileOf = ({ displayName, teams, logins, addresses }: PersonOptions) => ({
  displayName,
  teams,
  logins,
  addresses,
})

const targetOf = (target: TargetInput): Target => (typeof target === 'string' ? { agent: target } : target)

const decisionOn = ({ id, revision, digest }: DisplayedApproval) => ({ id, revision, digest })

const tooSlow = (): HoldpointError =>
  new HoldpointError(refusal('rate_limited', `More than ${EVENTS_KEPT} events were not read in time.`))
