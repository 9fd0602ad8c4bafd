import { type Digest, type Policy, readsArguments } from '@holdpoint/shared'
import type { AgentDocument, Approval } from '../domain/agent-document.ts'
import type { AgentCommand } from '../domain/commands.ts'
import { isLeftBehind } from '../domain/items.ts'
import type { Store } from '../store/store.ts'
import { storedBytes } from './stored-bytes.ts'

/**
 * The bytes that a command's decision may look at: of the item that it decides or begins, and of those that wait to be
 * decided anew (PO1). Empty where nothing looks at them: no part of the policies and no standing grant reads arguments, and
 * none are edited (AP4).
 */
export async function bytesOfItems(
  store: Store,
  tenant: string,
  policies: readonly Policy[],
  doc: AgentDocument | undefined,
  command: AgentCommand,
): Promise<ReadonlyMap<Digest, string>> {
  const edits = command.type === 'approval.approve' && command.body.args !== undefined
  // AP13: so may the predicate of a release in advance
  const granted = doc?.standing?.some(({ when }) => when !== undefined)
  if (!doc || command.type === 'agent.stop' || !(edits || granted || policies.some(readsArguments)))
    return new Map()
  const named = itemNamedBy(command)
  const left = leftBehind(doc, command)
  const items = doc.approvals.filter((item) => item.id === named || item.held || left.includes(item))
  const texts = await Promise.all(items.map((item) => textOf(store, tenant, item)))
  return new Map(texts)
}

async function textOf(
  store: Store,
  tenant: string,
  { digest }: Approval,
): Promise<readonly [Digest, string]> {
  return [digest, await storedBytes(store, tenant, digest)]
}

/** AP7: what an earlier process left behind of the action that is asked for: it is looked at whether it still counts. */
export const leftBehind = (doc: AgentDocument, command: AgentCommand): readonly Approval[] =>
  command.type === 'action.request'
    ? doc.approvals.filter(
        (item) => item.action === command.body.action && isLeftBehind(item, command.body.epoch),
      )
    : []

function itemNamedBy(command: AgentCommand): string | undefined {
  switch (command.type) {
    case 'action.begin':
    case 'approval.approve':
    case 'approval.deny':
    case 'approval.respond':
    case 'override.grant':
      return command.body.id
    default:
      return undefined
  }
}
