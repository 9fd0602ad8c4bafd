/**
 * ST6, ST10. Deadlines are durable, claims are not: this store has one process, so a claim that died with it is a
 * claim whose claimer died.
 */
import type { DocumentKind, DocumentRef, DueDeadline } from '../store.ts'
import type { Db } from './sqlite.ts'

interface Row {
  readonly tenant: string
  readonly kind: DocumentKind
  readonly id: string
  readonly name: string
  readonly due_at: number
}

/** When each deadline is due that a batch sets, by key; undefined where it clears it. */
export type DeadlinesDraft = Map<
  string,
  { readonly ref: DocumentRef; readonly name: string; readonly dueAt: number | undefined }
>

const keyOf = ({ tenant, kind, id }: DocumentRef, name: string): string =>
  JSON.stringify([tenant, kind, id, name])
const keyOfRow = (row: Row): string => keyOf(row, row.name)

export function deadlinesTable(db: Db) {
  /** Until when each is claimed, ms. */
  const claims = new Map<string, number>()

  let pending: DeadlinesDraft = new Map()
  const set = db.prepare(
    `INSERT INTO deadlines (tenant, kind, id, name, due_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET due_at = excluded.due_at`,
  )
  const clear = db.prepare('DELETE FROM deadlines WHERE tenant = ? AND kind = ? AND id = ? AND name = ?')
  const due = db.prepare<unknown[], Row>(
    'SELECT tenant, kind, id, name, due_at FROM deadlines WHERE due_at <= ? ORDER BY due_at, rowid LIMIT ?',
  )
  const next = db.prepare<unknown[], Row>(
    'SELECT tenant, kind, id, name, due_at FROM deadlines ORDER BY due_at, rowid LIMIT ?',
  )

  function dropClaimsUntil(now: number): void {
    for (const [key, until] of claims) if (until <= now) claims.delete(key)
  }

  return {
    set: (ref: DocumentRef, name: string, dueAt: number, draft: DeadlinesDraft): void => {
      draft.set(keyOf(ref, name), { ref, name, dueAt })
    },
    clear: (ref: DocumentRef, name: string, draft: DeadlinesDraft): void => {
      draft.set(keyOf(ref, name), { ref, name, dueAt: undefined })
    },
    /** A deadline that was set anew is nobody's. */
    adopt(draft: DeadlinesDraft): void {
      for (const [key, deadline] of draft) {
        claims.delete(key)
        pending.set(key, deadline)
      }
    },
    write(rows: DeadlinesDraft = pending): void {
      for (const { ref, name, dueAt } of rows.values())
        if (dueAt === undefined) clear.run(ref.tenant, ref.kind, ref.id, name)
        else set.run(ref.tenant, ref.kind, ref.id, name, dueAt)
    },
    written(): void {
      pending = new Map()
    },

    claim(now: number, limit: number, leaseMs: number): DueDeadline[] {
      dropClaimsUntil(now)
      const free = due
        .all(now, limit + claims.size)
        .filter((row) => !claims.has(keyOfRow(row)))
        .slice(0, limit)
      for (const row of free) claims.set(keyOfRow(row), now + leaseMs)
      return free.map(({ tenant, kind, id, name, due_at }) => ({
        ref: { tenant, kind, id },
        name,
        dueAt: due_at,
      }))
    },

    nextAt(now: number): number | undefined {
      dropClaimsUntil(now)
      const free = next.all(claims.size + 1).find((row) => !claims.has(keyOfRow(row)))
      const times = [...claims.values(), ...(free ? [free.due_at] : [])]
      return times.length > 0 ? Math.min(...times) : undefined
    },
  }
}
