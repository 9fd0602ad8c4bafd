import type { DocumentKind, DocumentQuery, DocumentRef, StoredDocument } from '../store.ts'
import { OwedRows } from './owed-rows.ts'
import type { Db } from './sqlite.ts'

/** A document as it stands. Nobody writes to what it holds: the same object is handed out again. */
interface Standing {
  readonly version: number
  readonly doc: unknown
  /** Of its JSON as the table has it; 0 where it has none. Unit: UTF-16 units. */
  readonly length: number
}

/** A document that its table has not yet. */
interface Written extends Standing {
  readonly ref: DocumentRef
}

/** What a batch writes, by key. */
export type DocumentsDraft = Map<string, Written>

/** How much JSON the documents have in all that are kept parsed, the last used of them. Unit: UTF-16 units. */
const MOST_KEPT = 16 * 1024 * 1024

export function documentsTable(db: Db, mostKept = MOST_KEPT) {
  // No other process writes to the database, so what was last written or read is what stands.
  const kept = new Map<string, Standing>()
  const owed = new OwedRows<Written>()
  /** The lengths of those that are leaving, by key. */
  let lengths = new Map<string, number>()
  let gatheringPages = 0
  let keptLength = 0
  const read = db.prepare<unknown[], { version: number; doc: string }>(
    'SELECT version, doc FROM documents WHERE tenant = ? AND kind = ? AND id = ?',
  )
  const upsert = db.prepare(
    `INSERT INTO documents (tenant, kind, id, version, doc) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, doc = excluded.doc`,
  )
  const list = db.prepare<unknown[], { id: string; version: number; doc: string }>(
    'SELECT id, version, doc FROM documents WHERE tenant = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?',
  )

  function forget(key: string): void {
    keptLength -= kept.get(key)?.length ?? 0
    kept.delete(key)
  }

  function keep(key: string, standing: Standing): void {
    forget(key)
    kept.set(key, standing)
    keptLength += standing.length
    for (const oldest of kept.keys()) {
      if (keptLength <= mostKept) break
      forget(oldest)
    }
  }

  function standingOf(ref: DocumentRef, draft?: DocumentsDraft): Standing | undefined {
    const key = keyOf(ref)
    const known = draft?.get(key) ?? owed.get(key) ?? kept.get(key)
    if (known) return known
    const row = read.get(ref.tenant, ref.kind, ref.id)
    if (!row) return undefined
    const standing = { version: row.version, doc: JSON.parse(row.doc), length: row.doc.length }
    keep(key, standing)
    return standing
  }

  return {
    /** `draft`: as a batch has left it until now. */
    read(ref: DocumentRef, draft?: DocumentsDraft): { readonly doc: unknown; readonly version: number } {
      const standing = standingOf(ref, draft)
      if (!standing) return { doc: undefined, version: 0 }
      return { doc: standing.doc, version: standing.version }
    },

    /** Returns the new version. */
    put(ref: DocumentRef, doc: unknown, draft: DocumentsDraft): number {
      const standing = standingOf(ref, draft)
      const version = (standing?.version ?? 0) + 1
      draft.set(keyOf(ref), { ref, version, doc, length: standing?.length ?? 0 })
      return version
    },

    /** Which of its pages the documents touch that it has not yet, apart from those that are being written: about so many. */
    gatheringPages: (): number => gatheringPages,
    adopt(draft: DocumentsDraft): void {
      for (const [key, { length }] of draft) if (!owed.gathering().has(key)) gatheringPages += pagesOf(length)
      owed.adopt(draft)
    },
    leave(): number {
      gatheringPages = 0
      return owed.leave()
    },
    stay(): void {
      owed.stay()
      gatheringPages = 0
      for (const { length } of owed.gathering().values()) gatheringPages += pagesOf(length)
    },

    *write(): Generator<void> {
      for (const [key, { ref, version, doc }] of owed.leaving()) {
        const text = JSON.stringify(doc)
        lengths.set(key, text.length)
        upsert.run(ref.tenant, ref.kind, ref.id, version, text)
        yield
      }
    },

    left(): void {
      for (const [key, { version, doc }] of owed.leaving())
        keep(key, { version, doc, length: lengths.get(key) ?? 0 })
      lengths = new Map()
      owed.left()
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

/** Of 4 KiB. Even with a small one come pages of other tables that hold rows of its agent's alone. */
const pagesOf = (length: number): number => Math.max(4, length / 4_096)

/** An id may hold anything, so it comes last. */
const keyOf = ({ tenant, kind, id }: DocumentRef): string => `${tenant} ${kind} ${id}`
