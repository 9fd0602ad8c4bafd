import type { DocumentKind, DocumentQuery, DocumentRef, StoredDocument } from '../store.ts'
import { OwedRows } from './owed-rows.ts'
import type { Db } from './sqlite.ts'

/** A document as it stands. Nobody writes to what it holds: the same object is handed out again. */
interface Standing {
  readonly version: number
  readonly doc: unknown
  /** Of its JSON, or more where its table has not got it yet. Unit: UTF-16 units. */
  readonly length: number
}

/** A document that its table has not yet. */
interface Written extends Standing {
  readonly ref: DocumentRef
  length: number
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
  let gatheringLength = 0
  let leavingLength = 0
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

  /** Gathers it in place of what `former` was there, if anything. */
  function reckon(length: number, former: number | undefined): void {
    gatheringPages += pagesOf(length) - (former === undefined ? 0 : pagesOf(former))
    gatheringLength += length - (former ?? 0)
  }

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

    /** `patch`: what it changes (document-patch.ts), which makes it no longer than by as much. Returns the new version. */
    put(ref: DocumentRef, doc: unknown, patch: string, draft: DocumentsDraft): number {
      const standing = standingOf(ref, draft)
      const version = (standing?.version ?? 0) + 1
      draft.set(keyOf(ref), { ref, version, doc, length: (standing?.length ?? 0) + patch.length })
      return version
    },

    /** Which of its pages the documents touch that it has not yet, apart from those that are being written: about so many. */
    gatheringPages: (): number => gatheringPages,
    /** How much JSON is kept in memory of those that it has not yet, about: more rather than less. Unit: UTF-16 units. */
    owedLength: (): number => gatheringLength + leavingLength,
    adopt(draft: DocumentsDraft): void {
      for (const [key, { length }] of draft) reckon(length, owed.gathering().get(key)?.length)
      owed.adopt(draft)
    },
    leave(): number {
      leavingLength = gatheringLength
      gatheringPages = 0
      gatheringLength = 0
      return owed.leave()
    },
    stay(): void {
      owed.stay()
      leavingLength = 0
      gatheringPages = 0
      gatheringLength = 0
      for (const { length } of owed.gathering().values()) reckon(length, undefined)
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
      for (const [key, { version, doc, length: reckoned }] of owed.leaving()) {
        const length = lengths.get(key) ?? 0
        keep(key, { version, doc, length })
        // what is changed all the time would else be reckoned longer and longer
        const later = owed.gathering().get(key)
        if (!later) continue
        const former = later.length
        later.length += length - reckoned
        reckon(later.length, former)
      }
      lengths = new Map()
      leavingLength = 0
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
