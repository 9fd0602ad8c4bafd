import {
  type AutonomyLevel,
  type AutonomyView,
  type ChannelAttempt,
  type ChannelStanding,
  checkJson,
  type Digest,
  type OnCallView,
  type OperatorAnswers,
  type OrderView,
  type OverrideView,
  type Target,
} from '@holdpoint/shared'
import { HoldpointError } from '../errors.ts'
import type { CallOptions, CommandOptions, Intervention, TargetInput } from '../operator-types.ts'
import { DecidingRequests } from './deciding.ts'

/** What changes how agents go on: interventions, orders, trust, the policy, who is told. */
export abstract class SteeringRequests extends DecidingRequests {
  pause(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.command('agent.pause', { target: targetOf(target), reason }, options)
  }

  resume(target: TargetInput, reason?: string, options?: CommandOptions): Promise<Intervention> {
    return this.command('agent.resume', { target: targetOf(target), reason }, options)
  }

  stop(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.command('agent.stop', { target: targetOf(target), reason }, options)
  }

  reinstate(target: TargetInput, reason: string, options?: CommandOptions): Promise<Intervention> {
    return this.command('agent.reinstate', { target: targetOf(target), reason }, options)
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
    return this.command('agent.inject', { target: targetOf(target), text, data }, options)
  }

  async liftOrder(id: string, reason: string, options?: CommandOptions): Promise<readonly OrderView[]> {
    return (await this.command('order.lift', { id, reason }, options)).orders
  }

  /** Fixes an agent's autonomy level; without one, lets it move again (IN1). */
  async pinTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.command('trust.pin', { agent, level, reason }, options)).autonomy
  }

  /** Bounds an agent's autonomy level from above; without one, lifts the bound (IN1). */
  async capTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.command('trust.cap', { agent, level, reason }, options)).autonomy
  }

  /** Trust starts again where a new agent's does (IN1). */
  async resetTrust(agent: string, reason: string, options?: CommandOptions): Promise<AutonomyView> {
    return (await this.command('trust.reset', { agent, reason }, options)).autonomy
  }

  /** The promotion that trust has earned takes effect (AU2). `level`: which one is meant. */
  async confirmTrust(
    agent: string,
    level: AutonomyLevel | undefined,
    reason: string,
    options?: CommandOptions,
  ): Promise<AutonomyView> {
    return (await this.command('trust.confirm', { agent, level, reason }, options)).autonomy
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
    return this.command('policy.activate', { policy, reason, replaces }, options)
  }

  /** Lets a candidate judge beside the active policy, on record alone (PO6); without one, ends that. */
  shadowPolicy(
    policy: unknown,
    reason: string,
    options?: CommandOptions,
  ): Promise<OperatorAnswers['policy.shadow']> {
    const problem = policy === undefined ? undefined : checkJson(policy)
    if (problem) throw new HoldpointError(problem)
    return this.command('policy.shadow', { policy, reason }, options)
  }

  /** Who is on call (ES2): now, at another time, or from then until another. */
  async onCall(
    query: { readonly schedule?: string; readonly at?: string; readonly until?: string } = {},
    options?: CallOptions,
  ): Promise<readonly OnCallView[]> {
    return (await this.read('oncall.get', query, options)).schedules
  }

  /** Lets somebody take over for a while. Times are ISO 8601. Errors: `not_found` schedule, `invalid` times. */
  async overrideOnCall(
    schedule: string,
    person: string,
    { from, until }: { readonly from: string; readonly until: string },
    options?: CommandOptions,
  ): Promise<OverrideView> {
    return (await this.command('oncall.override', { schedule, person, from, until }, options)).override
  }

  async cancelOverride(id: string, options?: CommandOptions): Promise<OverrideView> {
    return (await this.command('oncall.cancel', { id }, options)).override
  }

  /** Through what people are told, and whether it works (ES2). */
  async channels(options?: CallOptions): Promise<readonly ChannelStanding[]> {
    return (await this.read('channel.list', {}, options)).channels
  }

  /** Sends a test message now, and says how that went. One that succeeds enables a disabled channel again. */
  async testChannel(
    name: string,
    person?: string,
    options?: CommandOptions,
  ): Promise<readonly ChannelAttempt[]> {
    return (await this.command('channel.test', { name, person }, options)).attempts
  }
}

const targetOf = (target: TargetInput): Target => (typeof target === 'string' ? { agent: target } : target)
