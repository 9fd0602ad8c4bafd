import type { Store } from '../store/store.ts'

/**
 * The bytes that a document or a record names. They were written with it: where they are missing, history was lost since that
 * was read, and this node has not noticed yet. It does so by looking at the heads (ST9), so that whoever asked is told to
 * ask again, and not of a defect.
 * Throws what the store throws; an Error where the history is the one that this node knows, for then the store is damaged.
 */
export async function storedBytes(store: Store, tenant: string, digest: string): Promise<string> {
  const text = await store.blob(tenant, digest)
  if (text !== undefined) return text
  await store.heads()
  throw new Error(`the bytes of ${digest} are not stored`)
}
