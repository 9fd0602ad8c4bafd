import { type ApprovalView, checkJson, type StandingGrantView, type TicketView } from '@holdpoint/shared'
import { HoldpointError } from '../errors.ts'
import type { ApproveOptions, CommandOptions, DisplayedApproval, Resolution } from '../operator-types.ts'
import { ReadingRequests } from './reading.ts'

/** What somebody decides: approvals, releases in advance, tickets and questions. */
export abstract class DecidingRequests extends ReadingRequests {
  /** Releases exactly the displayed bytes, or the edited `args` (AP4). */
  async approve(displayed: DisplayedApproval, options: ApproveOptions = {}): Promise<ApprovalView> {
    const { args, note, totp } = options
    const problem = args === undefined ? undefined : checkJson(args)
    if (problem) throw new HoldpointError(problem)
    const factor = totp === undefined ? undefined : { totp }
    const payload = { ...decisionOn(displayed), args, note, factor }
    return (await this.command('approval.approve', payload, options)).approval
  }

  async deny(displayed: DisplayedApproval, reason: string, options?: CommandOptions): Promise<ApprovalView> {
    return (await this.command('approval.deny', { ...decisionOn(displayed), reason }, options)).approval
  }

  /** A message instead of running it (AP4). */
  async respond(
    displayed: DisplayedApproval,
    message: string,
    options?: CommandOptions,
  ): Promise<ApprovalView> {
    return (await this.command('approval.respond', { ...decisionOn(displayed), message }, options)).approval
  }

  /** Kills a release that nobody has begun (IN1). */
  async revoke(id: string, reason: string, options?: CommandOptions): Promise<ApprovalView> {
    return (await this.command('override.revoke', { id, reason }, options)).approval
  }

  /** An admin releases exactly the displayed bytes, alone (IN1); never without the factor that its level asks for. */
  async grant(
    displayed: DisplayedApproval,
    reason: string,
    options: CommandOptions & { readonly totp?: string } = {},
  ): Promise<ApprovalView> {
    const factor = options.totp === undefined ? undefined : { totp: options.totp }
    return (await this.command('override.grant', { ...decisionOn(displayed), reason, factor }, options))
      .approval
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
    return (await this.command('standing.issue', payload, options)).standing
  }

  async revokeStanding(
    agent: string,
    id: string,
    reason: string,
    options?: CommandOptions,
  ): Promise<StandingGrantView> {
    return (await this.command('standing.revoke', { agent, id, reason }, options)).standing
  }

  async acknowledge(id: string, options?: CommandOptions): Promise<TicketView> {
    return (await this.command('ticket.acknowledge', { id }, options)).ticket
  }

  async assign(id: string, assignee: string, options?: CommandOptions): Promise<TicketView> {
    return (await this.command('ticket.assign', { id, assignee }, options)).ticket
  }

  /** Answers a question in the form it asks for (ES5). */
  async answer(id: string, answer: unknown, options?: CommandOptions): Promise<TicketView> {
    const problem = checkJson(answer)
    if (problem) throw new HoldpointError(problem)
    return (await this.command('ticket.resolve', { id, answer }, options)).ticket
  }

  async resolve(id: string, { resolution, action, ...options }: Resolution = {}): Promise<TicketView> {
    const problem = action === undefined ? undefined : checkJson(action.args)
    if (problem) throw new HoldpointError(problem)
    return (await this.command('ticket.resolve', { id, resolution, action }, options)).ticket
  }
}

const decisionOn = ({ id, revision, digest }: DisplayedApproval) => ({ id, revision, digest })
