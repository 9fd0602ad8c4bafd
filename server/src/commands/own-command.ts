/** What is special about the commands that an agent's own process sends: a key, an epoch, and a lease that it may hold. */
import { type Epoch, refused } from '@holdpoint/shared'
import type { AgentDocument } from '../domain/agent-document.ts'
import type { AgentOwnCommand, Answer } from '../domain/commands.ts'
import type { AgentKey } from './agent-key.ts'
import { fingerprintOf } from './fingerprint.ts'
import { isSuperseded, superseded } from './holding.ts'
import type { LeaseTable } from './leases.ts'
import type { RememberAs } from './transact.ts'

/** Who sends an agent's own command: the epoch that its connection holds, where it holds one. */
export interface Sender {
  readonly epoch?: Epoch | undefined
  /** The token's subject. */
  readonly subject?: string | undefined
}

export function rememberOwn(agent: AgentKey, { type, body }: AgentOwnCommand): RememberAs | undefined {
  if (!('key' in body)) return undefined
  return {
    id: { principal: `agent ${agent.id}`, key: body.key },
    fingerprint: fingerprintOf(type, body),
    epoch: 'epoch' in body ? body.epoch : undefined,
  }
}

/** AG6: a request that names no epoch counts as sent under the one that its connection holds. */
export const unnamedEpoch = ({ body }: AgentOwnCommand, { epoch }: Sender): Epoch | undefined =>
  'epoch' in body || 'instance' in body ? undefined : epoch

/** Which epoch the sender holds once this was answered. */
export function epochAfter(
  command: AgentOwnCommand,
  answer: Answer,
  doc: AgentDocument | undefined,
): Epoch | undefined {
  if (command.type !== 'run.start') return 'epoch' in command.body ? command.body.epoch : undefined
  return answer.ok && doc?.run?.instance === command.body.instance ? doc.run.epoch : undefined
}

/** A start is answered from where things stand; one whose run is over or was taken over says so. */
export function startedBefore(earlier: Answer, doc: AgentDocument | undefined): Answer {
  if (!earlier.ok) return earlier
  const { run } = earlier.value as { readonly run: { readonly epoch: Epoch } }
  if (doc?.run?.epoch === run.epoch) return earlier
  if (isSuperseded(doc, run.epoch)) return superseded(doc)
  return refused('agent_stopped', 'The run that this start began is over.')
}

/** A process that went, or that has certainly halted, holds nothing that another one has to wait for. */
export function releaseIfOver(
  leases: LeaseTable,
  agent: AgentKey,
  command: AgentOwnCommand,
  doc: AgentDocument | undefined,
): void {
  // asked again after another process took over: it is that one's lease that stands now
  if (!('epoch' in command.body) || command.body.epoch !== doc?.epoch) return
  const left = command.type === 'run.complete' || command.type === 'lease.release'
  const halted =
    command.type === 'control.ack' && command.body.state === 'stopped' && doc.machine.state === 'stopped'
  if (left || halted) leases.release(agent)
}
