import type { DocumentKind, DocumentQuery, DocumentRef, StoredDocument } from '../store.ts'
import type { Db } from './sqlite.ts'

/** Where a document stands, without reading it. */
export interface Standing {
  readonly rowid: number
  readonly version: number
}

export function documentsTable(db: Db) {
  const byKey = 'WHERE tenant = ? AND kind = ? AND id = ?'
  const read = db.prepare<unknown[], { version: number; doc: string }>(
    `SELECT version, doc FROM documents ${byKey}`,
  )
  const stand = db.prepare<unknown[], Standing>(`SELECT rowid, version FROM documents ${byKey}`)
  const insert = db.prepare('INSERT INTO documents (tenant, kind, id, version, doc) VALUES (?, ?, ?, 1, ?)')
  const update = db.prepare('UPDATE documents SET version = ?, doc = ? WHERE rowid = ?')
  const list = db.prepare<unknown[], { id: string; version: number; doc: string }>(
    'SELECT id, version, doc FROM documents WHERE tenant = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?',
  )

  return {
    read(ref: DocumentRef): { readonly doc: unknown; readonly version: number } {
      const row = read.get(ref.tenant, ref.kind, ref.id)
      return row ? { doc: JSON.parse(row.doc), version: row.version } : { doc: undefined, version: 0 }
    },

    standing: (ref: DocumentRef): Standing | undefined => stand.get(ref.tenant, ref.kind, ref.id),

    /** Returns the new version. */
    write(ref: DocumentRef, standing: Standing | undefined, text: string): number {
      if (!standing) {
        insert.run(ref.tenant, ref.kind, ref.id, text)
        return 1
      }
      update.run(standing.version + 1, text, standing.rowid)
      return standing.version + 1
    },

    list({ tenant, kind, afterId = '', limit }: DocumentQuery): StoredDocument[] {
      const stored = ({
        id,
        version,
        doc,
      }: {
        id: string
        version: number
        doc: string
      }): StoredDocument => ({
        tenant,
        kind: kind as DocumentKind,
        id,
        version,
        doc: JSON.parse(doc),
      })
      return list.all(tenant, kind, afterId, limit).map(stored)
    },
  }
}
