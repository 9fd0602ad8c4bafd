import type { Db } from './sqlite.ts'

/** Immutable texts by digest, one copy per tenant. */
export function blobsTable(db: Db) {
  const insert = db.prepare('INSERT OR IGNORE INTO blobs (tenant, digest, text) VALUES (?, ?, ?)')
  const read = db.prepare<unknown[], string>('SELECT text FROM blobs WHERE tenant = ? AND digest = ?').pluck()

  return {
    write: (tenant: string, digest: string, text: string): void => {
      insert.run(tenant, digest, text)
    },
    read: (tenant: string, digest: string): string | undefined => read.get(tenant, digest),
  }
}
