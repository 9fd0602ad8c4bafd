/** ST4: the first answer to each command id. */
import { DAY } from '@holdpoint/shared'
import type { Change, CommandId, Remembered } from '../store.ts'
import type { Db } from './sqlite.ts'

/** An answer that its table has not yet: kept while its holder is open, or until it expires. `answer` is JSON. */
interface Written extends CommandId {
  readonly tenant: string
  readonly fingerprint: string
  readonly answer: string
  readonly holder: string | null
  readonly expiresAt: number | null
}

/** A holder that was closed: when the answers expire that it kept. */
interface Closed {
  readonly tenant: string
  readonly holder: string
  readonly expiresAt: number
}

/** What a batch remembers and closes, by key. */
export interface AnswersDraft {
  readonly rows: Map<string, Written>
  /** Keys of rows, by the holder that they have, or had. */
  readonly byHolder: Map<string, Set<string>>
  readonly closed: Map<string, Closed>
}

export const answersDraft = (): AnswersDraft => ({ rows: new Map(), byHolder: new Map(), closed: new Map() })

export function answersTable(db: Db) {
  let pending = answersDraft()
  const find = db.prepare<unknown[], { fingerprint: string; answer: string; holder: string | null }>(
    `SELECT fingerprint, answer, holder FROM answers
     WHERE tenant = ? AND principal = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`,
  )
  // An expired answer that was not purged yet may still hold the key.
  const insert = db.prepare(
    `INSERT INTO answers (tenant, principal, key, fingerprint, answer, holder, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer,
       holder = excluded.holder, expires_at = excluded.expires_at`,
  )
  const close = db.prepare(
    'UPDATE answers SET holder = NULL, expires_at = ? WHERE tenant = ? AND holder IS NOT NULL AND holder = ?',
  )
  const expired = db
    .prepare<unknown[], number>(
      'SELECT 1 FROM answers WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT 1',
    )
    .pluck()
  const purge = db.prepare(
    `DELETE FROM answers WHERE rowid IN (
       SELECT rowid FROM answers WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  )

  /** Closed more than a day ago, and its table does not know yet. */
  const isOver = (tenant: string, holder: string | null, now: number): boolean =>
    holder !== null && (pending.closed.get(holderKey(tenant, holder))?.expiresAt ?? Infinity) <= now

  return {
    /** `draft`: as a batch has left it until now. */
    find(tenant: string, command: CommandId, now: number, draft?: AnswersDraft): Remembered | undefined {
      const key = keyOf(tenant, command)
      const written = draft?.rows.get(key) ?? pending.rows.get(key)
      if (written && (written.expiresAt === null || written.expiresAt > now))
        return { fingerprint: written.fingerprint, answer: JSON.parse(written.answer) }
      if (written) return undefined
      const row = find.get(tenant, command.principal, command.key, now)
      if (!row || isOver(tenant, row.holder, now)) return undefined
      return { fingerprint: row.fingerprint, answer: JSON.parse(row.answer) }
    },

    remember(
      tenant: string,
      { command, fingerprint, retain }: NonNullable<Change['remember']>,
      answer: string,
      now: number,
      draft: AnswersDraft,
    ): void {
      const { principal, key } = command
      const [holder, expiresAt] = 'holder' in retain ? [retain.holder, null] : [null, now + retain.forMs]
      put(draft, keyOf(tenant, command), { tenant, principal, key, fingerprint, answer, holder, expiresAt })
    },

    closeHolder(tenant: string, holder: string, now: number, draft: AnswersDraft): void {
      const held = holderKey(tenant, holder)
      const expiresAt = now + DAY
      for (const { rows, byHolder } of [pending, draft])
        for (const key of byHolder.get(held) ?? []) {
          const row = draft.rows.get(key) ?? rows.get(key)
          if (row?.holder === holder) draft.rows.set(key, { ...row, holder: null, expiresAt })
        }
      draft.closed.set(held, { tenant, holder, expiresAt })
    },

    adopt({ rows, closed }: AnswersDraft): void {
      for (const [key, row] of rows) put(pending, key, row)
      for (const [held, one] of closed) pending.closed.set(held, one)
    },

    /** What the table has under a closed holder comes first: the rows say for themselves what became of theirs. */
    write({ rows, closed }: AnswersDraft = pending): void {
      for (const { tenant, holder, expiresAt } of closed.values()) close.run(expiresAt, tenant, holder)
      for (const { tenant, principal, key, fingerprint, answer, holder, expiresAt } of rows.values())
        insert.run(tenant, principal, key, fingerprint, answer, holder, expiresAt)
    },

    written(): void {
      pending = answersDraft()
    },

    /** Bounded: a long delete would hold up every commit behind it. */
    purge(now: number, limit: number): void {
      // a look costs a tenth of a delete that finds nothing
      if (expired.get(now) !== undefined) purge.run(now, limit)
    },
  }
}

function put(into: AnswersDraft, key: string, row: Written): void {
  into.rows.set(key, row)
  if (row.holder === null) return
  const held = holderKey(row.tenant, row.holder)
  const keys = into.byHolder.get(held)
  if (keys) keys.add(key)
  else into.byHolder.set(held, new Set([key]))
}

/** Neither half can be taken for a part of the other. */
const keyOf = (tenant: string, { principal, key }: CommandId): string =>
  `${tenant} ${principal.length} ${principal} ${key}`
const holderKey = (tenant: string, holder: string): string => `${tenant} ${holder}`
