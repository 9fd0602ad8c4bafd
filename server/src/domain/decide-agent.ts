import { refused } from '@holdpoint/shared'
import type { AgentDocument } from './agent-document.ts'
import type { AgentCommand, Facts } from './commands.ts'
import type { Decision } from './effects.ts'

/** Decides one command on one agent. Pure: everything that is not in the document comes with `facts`. */
export function decideAgent(
  _key: { readonly tenant: string; readonly id: string },
  _doc: AgentDocument | undefined,
  _command: AgentCommand,
  _facts: Facts,
): Decision<AgentDocument> {
  return { answer: refused('internal') }
}
