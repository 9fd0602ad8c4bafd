/** What a person says to one agent: each comes to one commit on its document. */
import { type ApprovalView, canonicalAction, ok, type Result, refused } from '@holdpoint/shared'
import type { Factors } from '../commands/factors.ts'
import type { FanOut } from '../commands/fan-out.ts'
import { fingerprintOf } from '../commands/fingerprint.ts'
import type { AgentCommands } from '../commands/handle-command.ts'
import { notOnRecord } from '../commands/on-record.ts'
import type { Guess, People } from '../commands/people.ts'
import type { Person, PersonCommand } from '../domain/commands.ts'
import type { RecordKind, Store } from '../store/store.ts'
import type { OperatorCall } from './decode.ts'
import type { ItemAgents } from './item-agents.ts'
import type { Caused, Reply } from './line.ts'

interface OneAgentPorts {
  readonly agents: Pick<AgentCommands, 'act'>
  readonly store: Store
  readonly fanOut: Pick<FanOut, 'intervene'>
  readonly people: People
  readonly factors: Factors
  readonly itemAgents: ItemAgents
}

type Call<N extends OperatorCall['name']> = Extract<OperatorCall, { readonly name: N }>

/**
 * What comes to one commit on one agent, which can rest on who its sender was taken for. Not an assignment, which looks at
 * its sender beside that; an intervention on several agents reads who they are by itself.
 */
const onOneAgent = [
  'approval.approve',
  'override.grant',
  'approval.deny',
  'approval.respond',
  'override.revoke',
  'trust.pin',
  'trust.cap',
  'trust.reset',
  'trust.confirm',
  'agent.pause',
  'agent.resume',
  'agent.stop',
  'agent.reinstate',
  'agent.inject',
  'standing.issue',
  'standing.revoke',
  'ticket.acknowledge',
  'ticket.resolve',
] as const satisfies readonly OperatorCall['name'][]

export type OneAgentCall = Call<(typeof onOneAgent)[number]>

export const isOnOneAgent = (call: OperatorCall): call is OneAgentCall =>
  (onOneAgent as readonly string[]).includes(call.name)

export interface OneAgentRequests {
  /** `guess`: `by` is only who they are remembered to be. */
  serve(call: OneAgentCall, by: Person, guess?: Guess): Promise<Reply>
  assign(call: Call<'ticket.assign'>, by: Person): Promise<Reply>
}

export function oneAgentRequests(ports: OneAgentPorts, tenant: string, caused: Caused): OneAgentRequests {
  const { agents, store, fanOut, people, factors, itemAgents } = ports

  /** The agent of an item, by its record: another tenant's id answers exactly like one that does not exist. */
  const onItem = async (
    kind: RecordKind,
    id: string,
    call: { readonly name: string; readonly payload: { readonly key: string } },
    command: PersonCommand,
    guess?: Guess,
  ): Promise<Reply> => {
    const agent = itemAgents.of(tenant, kind, id) ?? (await store.record(tenant, kind, id))?.agent
    if (agent === undefined) {
      // a refusal is told only to whom may still ask
      const who = guess && (await guess.afresh())
      return who?.ok === false ? who : refused('not_found')
    }
    const request = { name: call.name, key: call.payload.key, payload: call.payload }
    const { answer, events, replayed } = await agents.act({ tenant, id: agent }, command, request, guess)
    return caused(answer, events, replayed)
  }

  /**
   * A code is spent only where nothing but the factor is missing; then the same command is decided again. A resend
   * meets its first answer, or the step that it has spent.
   */
  const release = async (
    call: Call<'approval.approve' | 'override.grant'>,
    asked: Person,
    guess?: Guess,
  ): Promise<Reply> => {
    const { name, payload } = call
    const act = (by: Person, guessed?: Guess) =>
      onItem('approval', payload.id, call, { type: name, body: payload, by } as PersonCommand, guessed)
    const first = await act(asked, guess)
    if (first.ok || first.error.code !== 'second_factor_required' || !payload.factor) return first
    const now = guess ? await guess.afresh() : ok(asked)
    if (!now.ok) return now
    const who = now.value
    const record = await store.record(tenant, 'approval', payload.id)
    if (!record) return first
    const released = digestReleased(record.data as ApprovalView, call)
    if (!released.ok) return released
    const proof = await factors.prove(tenant, who, {
      key: payload.key,
      fingerprint: fingerprintOf(name, payload),
      purpose: { kind: 'release', approval: payload.id, digest: released.value },
      totp: payload.factor.totp,
    })
    return proof.ok ? act({ ...who, factor: proof.value }) : proof
  }

  const trust = async (
    { name, payload }: Call<`trust.${'pin' | 'cap' | 'reset' | 'confirm'}`>,
    by: Person,
    guess?: Guess,
  ): Promise<Reply> => {
    const { agent: id, reason, key } = payload
    const level = 'level' in payload ? payload.level : undefined
    const command = { type: name, level, reason, by }
    const request = { name, key, payload }
    const { answer, events, replayed } = await agents.act({ tenant, id }, command, request, guess)
    return caused(answer, events, replayed)
  }

  const standing = async (
    call: Call<'standing.issue' | 'standing.revoke'>,
    by: Person,
    guess?: Guess,
  ): Promise<Reply> => {
    const { name, payload } = call
    const command: PersonCommand =
      call.name === 'standing.issue'
        ? { type: call.name, body: call.payload, by }
        : { type: call.name, id: call.payload.id, reason: call.payload.reason, by }
    const request = { name, key: payload.key, payload }
    const agent = { tenant, id: payload.agent }
    const { answer, events, replayed } = await agents.act(agent, command, request, guess)
    return caused(answer, events, replayed)
  }

  /** Somebody whose token is all that is known of them may take a ticket, but can't be given one. */
  const assign = async (call: Call<'ticket.assign'>, by: Person): Promise<Reply> => {
    const { id, assignee } = call.payload
    const missing =
      assignee === by.id ? undefined : (await notOnRecord(people, tenant, assignee, '/assignee'))?.error
    return onItem('ticket', id, call, { type: call.name, id, assignee, missing, by })
  }

  const serve = async (call: OneAgentCall, by: Person, guess?: Guess): Promise<Reply> => {
    switch (call.name) {
      case 'approval.approve':
      case 'override.grant':
        return release(call, by, guess)
      case 'approval.deny':
      case 'approval.respond': {
        const command = { type: call.name, body: call.payload, by } as PersonCommand
        return onItem('approval', call.payload.id, call, command, guess)
      }
      case 'override.revoke': {
        const { id, reason } = call.payload
        return onItem('approval', id, call, { type: call.name, id, reason, by }, guess)
      }
      case 'trust.pin':
      case 'trust.cap':
      case 'trust.reset':
      case 'trust.confirm':
        return trust(call, by, guess)
      case 'agent.pause':
      case 'agent.resume':
      case 'agent.stop':
      case 'agent.reinstate':
      case 'agent.inject': {
        const intervening = { name: call.name, body: call.payload } as Parameters<FanOut['intervene']>[2]
        const { answer, events, replayed } = await fanOut.intervene(tenant, by, intervening, guess)
        return caused(answer, events, replayed)
      }
      case 'standing.issue':
      case 'standing.revoke':
        return standing(call, by, guess)
      case 'ticket.acknowledge': {
        const { id } = call.payload
        return onItem('ticket', id, call, { type: call.name, id, by }, guess)
      }
      case 'ticket.resolve':
        return onItem('ticket', call.payload.id, call, { type: call.name, body: call.payload, by }, guess)
    }
  }

  return { serve, assign }
}

/** The bytes that this call would release: those that it names, or its own edit of them. */
function digestReleased(
  { action }: ApprovalView,
  { payload }: Call<'approval.approve' | 'override.grant'>,
): Result<string> {
  if (!('args' in payload) || payload.args === undefined) return ok(payload.digest)
  const bytes = canonicalAction(action, payload.args)
  return bytes.ok ? ok(bytes.value.digest) : bytes
}
