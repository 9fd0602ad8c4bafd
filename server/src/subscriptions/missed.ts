import type { Push } from '@holdpoint/shared'
import { withinLength } from '../commands/within-length.ts'
import type { Store } from '../store/store.ts'
import { pushOfEvent } from './push-of-event.ts'

/** As much as one answer carries; a client that still sees a gap asks again from there. */
const LIMIT = 100

/** What an agent's socket was told, or would have been, after the push numbered `after`. */
export async function missedPushes(
  store: Store,
  agent: { readonly tenant: string; readonly id: string },
  after: number,
): Promise<readonly Push[]> {
  const events = await store.readPushes(agent.tenant, agent.id, after, LIMIT)
  return withinLength(events.flatMap((event) => pushOfEvent(event) ?? []))
}
