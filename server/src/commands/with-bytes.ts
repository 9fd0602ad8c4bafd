import { canonicalAction } from '@holdpoint/shared'
import type { AgentDocument } from '../domain/agent-document.ts'
import type { AgentOwnCommand, Answer } from '../domain/commands.ts'
import type { Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'
import type { CommandLog } from './in-time.ts'
import { onceCommitted } from './once-committed.ts'
import { storedBytes } from './stored-bytes.ts'
import type { Outcome } from './transact.ts'

/** AP9: the agent gets the very bytes back. They are blobs, so that a remembered answer stays small. */
export async function withBytes(
  { store, log }: { readonly store: Store; readonly log: CommandLog },
  { tenant }: AgentKey,
  command: AgentOwnCommand,
  { answer, blobs }: Outcome<AgentDocument>,
): Promise<Answer> {
  if (!answer.ok) return answer
  if (command.type === 'action.begin') {
    const { digest } = answer.value as { readonly digest: string }
    const canonical = await onceCommitted(log, storedBytes(store, tenant, digest))
    return { ok: true, value: { canonical } }
  }
  if (command.type === 'action.request') {
    const { id, digest } = (
      answer.value as { readonly action: { readonly id: string; readonly digest: string } }
    ).action
    const canonical = blobs?.find((blob) => blob.digest === digest)?.text ?? bytesOf(command.body)
    return { ok: true, value: { ...answer.value, ...{ action: { id, digest, canonical } } } }
  }
  return answer
}

/** The same payload has the same bytes, so a repeated request need not read them back. */
function bytesOf({ action, args }: { readonly action: string; readonly args: unknown }): string {
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error('arguments that were accepted have no canonical text')
  return bytes.value.canonical
}
