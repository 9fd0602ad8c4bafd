import { OwedRows } from './owed-rows.ts'
import type { Db } from './sqlite.ts'

interface Blob {
  readonly tenant: string
  readonly digest: string
  readonly text: string
}

/** What a batch adds, by key. */
export type BlobsDraft = Map<string, Blob>

/** Immutable texts by digest, one copy per tenant. */
export function blobsTable(db: Db) {
  const owed = new OwedRows<Blob>()
  const insert = db.prepare('INSERT OR IGNORE INTO blobs (tenant, digest, text) VALUES (?, ?, ?)')
  const read = db.prepare<unknown[], string>('SELECT text FROM blobs WHERE tenant = ? AND digest = ?').pluck()

  return {
    /** The first text under a digest stays. */
    add(tenant: string, digest: string, text: string, draft: BlobsDraft): void {
      const key = keyOf(tenant, digest)
      if (draft.has(key) || owed.get(key) || read.get(tenant, digest) !== undefined) return
      draft.set(key, { tenant, digest, text })
    },
    adopt: (draft: BlobsDraft): void => owed.adopt(draft),
    leave: (): number => owed.leave(),
    left: (): void => owed.left(),
    stay: (): void => owed.stay(),
    read: (tenant: string, digest: string): string | undefined =>
      owed.get(keyOf(tenant, digest))?.text ?? read.get(tenant, digest),
    *write(): Generator<void> {
      for (const { tenant, digest, text } of owed.leaving().values()) {
        insert.run(tenant, digest, text)
        yield
      }
    },
  }
}

const keyOf = (tenant: string, digest: string): string => `${tenant} ${digest}`
