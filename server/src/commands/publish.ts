import type { StoredEvent } from '../store/store.ts'

/**
 * Told of what a commit of this node wrote, right after it was durable and before its sender is answered. A hint with
 * the events brought along: what is read from the log decides.
 */
export type Publish = (events: readonly StoredEvent[]) => void
