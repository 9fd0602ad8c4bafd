/**
 * Names in Redis. Every key of a partition begins with its head's, whose braces are the hash tag: a cluster keeps them all on
 * one shard, and a script may name what it finds there after its one key.
 */
import type { DocumentRef } from '../store.ts'

export type Keys = ReturnType<typeof redisKeys>

export function redisKeys(prefix: string) {
  return {
    /** A hash: the store's id, its epoch, its layout's version. */
    store: `${prefix}store`,
    /** A hash: how many partitions each tenant has, for good. */
    tenants: `${prefix}tenants`,
    /** A hash, and the beginning of every other key of the partition. */
    head: (partition: string): string => `${prefix}{${partition}}`,
    probe: `${prefix}probe`,
  }
}

/** `<tenant>/<n>`: for now every tenant has one. */
export const PARTITIONS_PER_TENANT = 1
export const partitionOf = (tenant: string): string => `${tenant}/0`
export const tenantOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'))

export const documentName = ({ kind, id }: Pick<DocumentRef, 'kind' | 'id'>): string => `${kind}:${id}`
