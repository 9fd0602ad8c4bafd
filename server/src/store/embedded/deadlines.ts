/**
 * ST6, ST10. Deadlines are durable, claims are not: this store has one process, so a claim that died with it is a
 * claim whose claimer died.
 */
import type { DocumentKind, DocumentRef, DueDeadline } from '../store.ts'
import { OwedRows } from './owed-rows.ts'
import type { Db } from './sqlite.ts'

interface Row {
  readonly row: number
  readonly tenant: string
  readonly kind: DocumentKind
  readonly id: string
  readonly name: string
  readonly due_at: number
}

/** When each deadline is due that a batch sets, by key; undefined where it clears it. */
export type DeadlinesDraft = Map<string, Written>

interface Known extends DueDeadline {
  readonly key: string
}

const COLUMNS = 'rowid AS row, tenant, kind, id, name, due_at'

interface Written {
  readonly ref: DocumentRef
  readonly name: string
  readonly dueAt: number | undefined
}

const noneTaken = { dueAt: Number.MIN_SAFE_INTEGER, row: 0 }

const keyOf = ({ tenant, kind, id }: DocumentRef, name: string): string =>
  JSON.stringify([tenant, kind, id, name])
const keyOfRow = (row: Row): string => keyOf(row, row.name)

export function deadlinesTable(db: Db) {
  /** Until when each is claimed, ms. */
  const claims = new Map<string, number>()

  const owed = new OwedRows<Written>()
  const set = db.prepare(
    `INSERT INTO deadlines (tenant, kind, id, name, due_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET due_at = excluded.due_at`,
  )
  const clear = db.prepare('DELETE FROM deadlines WHERE tenant = ? AND kind = ? AND id = ? AND name = ?')
  // two, because an index finds no place within those that are due at the same moment but by equality
  const sameMoment = db.prepare<unknown[], Row>(
    `SELECT ${COLUMNS} FROM deadlines WHERE due_at = ? AND rowid > ? ORDER BY rowid`,
  )
  const later = db.prepare<unknown[], Row>(
    `SELECT ${COLUMNS} FROM deadlines WHERE due_at > ? AND due_at <= ? ORDER BY due_at, rowid`,
  )
  /**
   * Up to this row none is free, until the table is written to or a claim runs out: where thousands that fell due together were
   * cleared and are in the table still, nobody need pass by all of them each time.
   */
  let taken = noneTaken

  const known = (row: Row): Known => {
    const { tenant, kind, id, name, due_at: dueAt } = row
    return { key: keyOfRow(row), ref: { tenant, kind, id }, name, dueAt }
  }
  /** Neither claimed, nor set anew or cleared since. */
  const isFree = (row: Row): boolean => {
    const key = keyOfRow(row)
    return !claims.has(key) && owed.get(key) === undefined
  }

  /** Of those that the table has not yet. */
  function* owedFree(): Generator<Known> {
    for (const [key, { ref, name, dueAt }] of owed.rows())
      if (dueAt !== undefined && !claims.has(key)) yield { key, ref, name, dueAt }
  }

  /** The table's free ones, oldest first. */
  function* free(until: number): Generator<Row> {
    let isFirst = true
    const { dueAt, row: last } = taken
    // none is free before it, and what is due at its moment is not due yet
    if (dueAt > until) return
    for (const rows of [() => sameMoment.iterate(dueAt, last), () => later.iterate(dueAt, until)])
      for (const row of rows()) {
        if (isFree(row)) {
          isFirst = false
          yield row
        } else if (isFirst) taken = { dueAt: row.due_at, row: row.row }
      }
  }

  function dropClaimsUntil(now: number): void {
    for (const [key, until] of claims)
      if (until <= now) {
        claims.delete(key)
        taken = noneTaken
      }
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
      for (const key of draft.keys()) claims.delete(key)
      owed.adopt(draft)
    },
    leave: (): number => owed.leave(),
    left(): void {
      owed.left()
      taken = noneTaken
    },
    stay(): void {
      owed.stay()
      taken = noneTaken
    },
    *write(): Generator<void> {
      for (const { ref, name, dueAt } of owed.leaving().values()) {
        if (dueAt === undefined) clear.run(ref.tenant, ref.kind, ref.id, name)
        else set.run(ref.tenant, ref.kind, ref.id, name, dueAt)
        yield
      }
    },

    /** Oldest first. */
    claim(now: number, limit: number, leaseMs: number): DueDeadline[] {
      dropClaimsUntil(now)
      const found: Known[] = []
      for (const row of free(now)) {
        found.push(known(row))
        if (found.length === limit) break
      }
      for (const one of owedFree()) if (one.dueAt <= now) found.push(one)
      const claimed = found.sort((one, other) => one.dueAt - other.dueAt).slice(0, limit)
      for (const { key } of claimed) claims.set(key, now + leaseMs)
      return claimed.map(({ ref, name, dueAt }) => ({ ref, name, dueAt }))
    },

    nextAt(now: number): number | undefined {
      dropClaimsUntil(now)
      let earliest = Infinity
      for (const row of free(Number.MAX_SAFE_INTEGER)) {
        earliest = row.due_at
        break
      }
      for (const { dueAt } of owedFree()) earliest = Math.min(earliest, dueAt)
      for (const until of claims.values()) earliest = Math.min(earliest, until)
      return earliest === Infinity ? undefined : earliest
    },
  }
}
