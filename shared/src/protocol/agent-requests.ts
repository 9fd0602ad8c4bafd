import { utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import * as f from './fields.ts'

const note = f.text.optional()

/** Every request an agent sends on `/agent`, strictly: unknown keys are refused, never stripped (ID4). */
export const agentRequests = {
  'run.start': z.strictObject({
    key: f.key,
    instance: f.instance,
    /** The token's subject (the default) or a child of it, `subject/…`. */
    agent: f.name.optional(),
    /** With `takeover`: which run is meant. */
    run: f.id.optional(),
    task: f.text.optional(),
    name: z.string().min(1).max(200).optional(),
    framework: z.string().min(1).max(100).optional(),
    leaseMs: f.durationMs.optional(),
    takeover: z.boolean().optional(),
  }),
  'run.resume': z.strictObject({
    agent: f.name.optional(),
    run: f.id,
    epoch: f.epoch,
    instance: f.instance,
    after: f.seq,
  }),
  'lease.renew': z.strictObject({ epoch: f.epoch, after: f.seq }),
  /** A clean exit: the lease is given back, so that another process need not wait it out (AG6). */
  'lease.release': z.strictObject({ epoch: f.epoch }),
  'action.request': z.strictObject({
    key: f.key,
    epoch: f.epoch,
    action: f.actionName,
    args: f.json,
    summary: f.text.optional(),
    confidence: f.score.optional(),
    risk: f.score.optional(),
    blocking: z.boolean().optional(),
    context: f.json.optional(),
  }),
  'action.begin': z.strictObject({
    key: f.key,
    epoch: f.epoch,
    instance: f.instance,
    id: f.id,
    digest: f.digest,
    audience: z.string().max(200).optional(),
  }),
  'action.report': z.strictObject({
    key: f.key,
    epoch: f.epoch,
    id: f.id,
    outcome: z.enum(['success', 'failure', 'unknown']),
    severity: f.score.optional(),
    error: f.text.optional(),
  }),
  'approval.get': z.strictObject({ id: f.id }),
  'approval.cancel': z.strictObject({ key: f.key, id: f.id, reason: f.text }),
  'question.ask': z.strictObject({
    key: f.key,
    epoch: f.epoch,
    question: f.text,
    choices: z.array(z.string().min(1).max(200)).min(1).max(20).optional(),
    schema: f.formSchema.optional(),
    timeoutMs: f.durationMs.optional(),
    blocking: z.boolean().optional(),
  }),
  'escalation.raise': z.strictObject({
    key: f.key,
    epoch: f.epoch,
    reason: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a reason like high_risk'),
    /** The agent's own account: its recommendation, what it saw. */
    context: f.json,
    confidence: f.score.optional(),
    risk: f.score.optional(),
    blocking: z.boolean().optional(),
  }),
  'ticket.get': z.strictObject({ id: f.id }),
  'instruction.ack': z.strictObject({
    key: f.key,
    id: f.id,
    outcome: z.enum(['applied', 'declined']),
    note,
  }),
  'control.ack': z.strictObject({
    epoch: f.epoch,
    seq: f.seq,
    state: z.enum(['running', 'paused', 'awaiting_input', 'stopped']),
  }),
  'run.complete': z.strictObject({ key: f.key, epoch: f.epoch, result: f.json.optional() }),
  'auth.refresh': z.strictObject({ token: z.string().min(1).max(8_192) }),
} as const

const MAX_PROGRESS_BYTES = 2 * 1024

/** Volatile: how far the agent is. Never answered, never stored, never believed for anything but display. */
export const progress = z
  .strictObject({
    epoch: f.epoch,
    step: z.string().max(200).optional(),
    message: z.string().max(500).optional(),
    usage: z
      .record(z.string().max(64), z.number())
      .refine((counts) => Object.keys(counts).length <= 16, 'at most 16 counts')
      .optional(),
  })
  .refine(
    (shown) => utf8ToBytes(JSON.stringify(shown)).length <= MAX_PROGRESS_BYTES,
    'at most 2 KiB in all: a console is sent that of 200 agents at once',
  )
export type Progress = z.infer<typeof progress>

export type AgentRequestName = keyof typeof agentRequests
export type AgentRequest<N extends AgentRequestName = AgentRequestName> = z.infer<(typeof agentRequests)[N]>
