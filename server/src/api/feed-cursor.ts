import type { Head, Store } from '../store/store.ts'
import { readCursor, writeCursor } from './cursor.ts'

/** A place in a tenant's feed. */
export type Place = Pick<Head, 'seq' | 'hash'>

/** PR4: says where, and of which history. */
export const feedCursor = (storeEpoch: number, { seq, hash }: Place): string =>
  writeCursor([storeEpoch, seq, hash])

/** What a cursor says, whether or not it is true; undefined for what is none. */
export function readFeedCursor(cursor: string): (Place & { readonly epoch: number }) | undefined {
  const parts = readCursor(cursor, ['number', 'number', 'string'])
  if (!parts) return undefined
  const [epoch, seq, hash] = parts as readonly [number, number, string]
  return { epoch, seq, hash }
}

/** Whether this history has that place, and still knows it: nobody makes up a hash. */
export async function isKnown(
  store: Store,
  tenant: string,
  { epoch, seq, hash }: Place & { readonly epoch: number },
): Promise<boolean> {
  if (epoch !== store.epoch) return false
  return hash === (seq === 0 ? '' : await store.hashAt(store.partitionOf(tenant), seq))
}
