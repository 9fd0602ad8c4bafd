import { z } from 'zod'
import { agentStates } from '../agent-machine.ts'
import { autonomyLevels } from '../policy/words.ts'
import type { PersonRole } from '../roles.ts'
import * as f from './fields.ts'
import { onCallRequests } from './on-call-requests.ts'
import { factorProof, personRequests } from './person-requests.ts'

const decision = { key: f.key, id: f.id, revision: f.seq, digest: f.digest }
const intervention = z.strictObject({ key: f.key, target: f.target, reason: f.text })
const paged = { cursor: z.string().max(300).optional(), limit: f.limit.optional() }
const byId = z.strictObject({ id: f.id })
const trusting = { key: f.key, agent: f.name, reason: f.text }
const factor = factorProof.optional()

/** Every request a console sends on `/operator`, strictly (ID4). */
export const operatorRequests = {
  sync: z.strictObject({ cursor: z.string().max(300).optional() }),
  'agents.list': z.strictObject({
    state: z.enum(agentStates).optional(),
    /** AG2: of the stopped, those with no run, whom nobody stopped: `true` only them, `false` all but them. */
    noRun: z.boolean().optional(),
    labels: z.string().max(1_000).optional(),
    search: z.string().max(128).optional(),
    ...paged,
  }),
  /** The visible window: their views now, and `presence` while they are watched. Replaces the earlier window. */
  'agents.watch': z.strictObject({ ids: z.array(f.name).max(200) }),
  'agent.get': z.strictObject({ id: f.name }),
  'approval.get': byId,
  'approval.list': z.strictObject({
    agent: f.name.optional(),
    status: z.enum(['pending', 'approved', 'denied', 'expired', 'auto_approved', 'cancelled']).optional(),
    ...paged,
  }),
  'approval.approve': z.strictObject({
    ...decision,
    args: f.json.optional(),
    note: f.text.optional(),
    factor,
  }),
  'approval.deny': z.strictObject({ ...decision, reason: f.text }),
  'approval.respond': z.strictObject({ ...decision, message: f.longText }),
  seen: z.strictObject({ ids: z.array(f.id).max(200), cursor: z.string().max(300) }),
  /** What this console has before it, for others to see; without an id: nothing. Forgotten with the connection. */
  looking: z.strictObject({ id: f.id.optional() }),
  'agent.pause': intervention,
  'agent.resume': z.strictObject({ key: f.key, target: f.target, reason: f.text.optional() }),
  'agent.stop': intervention,
  'agent.reinstate': intervention,
  'agent.inject': z.strictObject({ key: f.key, target: f.target, text: f.longText, data: f.json.optional() }),
  /** IN1: kills a release that nobody has begun. */
  'override.revoke': z.strictObject({ key: f.key, id: f.id, reason: f.text }),
  /** IN1: an admin decides what waits, as it was shown; quorum and separation of duties are waived, the factor never is. */
  'override.grant': z.strictObject({ ...decision, reason: f.text, factor }),
  /** IN1, AU: the level in effect is this one until it is unpinned (no level). */
  'trust.pin': z.strictObject({ ...trusting, level: z.enum(autonomyLevels).optional() }),
  /** IN1, AU: the level in effect is at most this one; no level lifts the cap. */
  'trust.cap': z.strictObject({ ...trusting, level: z.enum(autonomyLevels).optional() }),
  /** IN1, AU: trust starts again where a new agent's does; counts are kept. */
  'trust.reset': z.strictObject(trusting),
  /** AU2: the promotion that trust has earned takes effect. */
  'trust.confirm': z.strictObject({ ...trusting, level: z.enum(autonomyLevels).optional() }),
  /** AP13: releases an agent's action in advance: the next `count`, or `until` a time, where `when` (CEL) holds. */
  'standing.issue': z.strictObject({
    ...trusting,
    action: f.actionName,
    when: z.string().min(1).max(2_000).optional(),
    count: z.int().min(1).max(1_000).optional(),
    until: f.timestamp.optional(),
  }),
  'standing.revoke': z.strictObject({ ...trusting, id: f.id }),
  'standing.list': z.strictObject({ agent: f.name.optional(), cursor: paged.cursor }),
  'order.list': z.strictObject({}),
  'order.lift': z.strictObject({ key: f.key, id: f.id, reason: f.text }),
  'ticket.get': byId,
  'ticket.list': z.strictObject({
    agent: f.name.optional(),
    status: z.enum(['open', 'acknowledged', 'resolved', 'expired', 'cancelled']).optional(),
    ...paged,
  }),
  'ticket.acknowledge': z.strictObject({ key: f.key, id: f.id }),
  'ticket.assign': z.strictObject({ key: f.key, id: f.id, assignee: f.name }),
  'ticket.resolve': z.strictObject({
    key: f.key,
    id: f.id,
    resolution: f.text.optional(),
    answer: f.json.optional(),
    /** Advice for the agent; doing it goes through policy like anything else (ES3). */
    action: z.strictObject({ action: f.actionName, args: f.json }).optional(),
  }),
  'history.list': z.strictObject({
    agent: f.name.optional(),
    type: z
      .string()
      .regex(/^[a-z_]+\.([a-z_]+|\*)$/, 'must be a type like approval.approved or approval.*')
      .optional(),
    by: f.name.optional(),
    from: f.timestamp.optional(),
    to: f.timestamp.optional(),
    /** Only facts with a lower `seq`: what is known by its number is found without its page. */
    before: f.seq.optional(),
    ...paged,
  }),
  /** PR7: the log as it is kept, oldest first, from behind `after` (0: from what is left of it). `texts`: with the bytes that it names. */
  'log.read': z.strictObject({ after: f.seq, limit: f.limit.optional(), texts: z.boolean().optional() }),
  /** What policy refused at once (`action.refused`), with the bytes that were asked for; `seq` is its event's. */
  'refusal.get': z.strictObject({ seq: f.seq }),
  'policy.get': z.strictObject({}),
  ...personRequests,
  ...onCallRequests,
  /**
   * PO6: makes a policy document the active one, whole or not at all. `replaces`: refused where another one than this
   * digest is active by then.
   */
  'policy.activate': z.strictObject({
    key: f.key,
    policy: f.json,
    reason: f.text,
    replaces: f.digest.optional(),
  }),
  /** PO6: lets a candidate judge beside the active policy, on record and never enforced; without one, ends that. */
  'policy.shadow': z.strictObject({ key: f.key, policy: f.json.optional(), reason: f.text }),
  'token.revoke': z
    .strictObject({
      key: f.key,
      /** One token by its `jti`, or every token that was issued to a subject until now. */
      jti: z.string().min(1).max(128).optional(),
      subject: f.name.optional(),
      reason: f.text,
    })
    .refine(({ jti, subject }) => (jti === undefined) !== (subject === undefined), {
      path: ['jti'],
      message: 'name either a jti or a subject',
    }),
  'auth.refresh': z.strictObject({ token: z.string().min(1).max(8_192) }),
} as const

export type OperatorRequestName = keyof typeof operatorRequests
export type OperatorRequest<N extends OperatorRequestName = OperatorRequestName> = z.infer<
  (typeof operatorRequests)[N]
>

/** ID1: the least role that may send each request. What releases an action asks for more, by its level (AP). */
export const operatorRoles: Readonly<Record<OperatorRequestName, PersonRole>> = {
  sync: 'viewer',
  'agents.list': 'viewer',
  'agents.watch': 'viewer',
  'agent.get': 'viewer',
  'approval.get': 'viewer',
  'approval.list': 'viewer',
  'approval.approve': 'operator',
  'approval.deny': 'operator',
  'approval.respond': 'operator',
  seen: 'viewer',
  looking: 'viewer',
  'agent.pause': 'operator',
  'agent.resume': 'operator',
  'agent.stop': 'operator',
  'agent.reinstate': 'approver',
  'agent.inject': 'operator',
  'override.revoke': 'operator',
  'override.grant': 'admin',
  'trust.pin': 'admin',
  'trust.cap': 'admin',
  'trust.reset': 'admin',
  'trust.confirm': 'admin',
  'standing.issue': 'operator',
  'standing.revoke': 'operator',
  'standing.list': 'viewer',
  'order.list': 'viewer',
  'order.lift': 'operator',
  'ticket.get': 'viewer',
  'ticket.list': 'viewer',
  'ticket.acknowledge': 'operator',
  'ticket.assign': 'operator',
  'ticket.resolve': 'operator',
  'history.list': 'viewer',
  'log.read': 'viewer',
  'refusal.get': 'viewer',
  'policy.get': 'viewer',
  'oncall.get': 'viewer',
  'oncall.override': 'operator',
  'oncall.cancel': 'operator',
  'channel.list': 'viewer',
  'channel.test': 'operator',
  'people.list': 'admin',
  'person.get': 'admin',
  'person.me': 'viewer',
  'person.add': 'admin',
  'person.change': 'admin',
  'person.disable': 'admin',
  'person.enable': 'admin',
  'person.link': 'admin',
  'person.password': 'admin',
  'password.set': 'viewer',
  'session.list': 'viewer',
  'session.end': 'viewer',
  'policy.activate': 'admin',
  'policy.shadow': 'admin',
  'factor.enroll': 'viewer',
  'factor.confirm': 'viewer',
  'factor.remove': 'viewer',
  'factor.reset': 'admin',
  'token.revoke': 'admin',
  'auth.refresh': 'viewer',
}
