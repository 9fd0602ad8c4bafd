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

/** Expired answers that one statement deletes. */
const PURGED_AT_ONCE = 16
/** Keys that nothing may ever be committed under must not pile up. */
const MOST_ABSENT = 8_192

export function answersTable(db: Db) {
  /** What its table has not: what gathers, and what is just being written. */
  let gathering = answersDraft()
  let leaving = answersDraft()
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

  /**
   * Keys that its table was found not to have since it was last written to: each is asked for before the decision and again
   * at the commit.
   */
  let absent = new Set<string>()

  /** Closed more than a day ago, and its table does not know yet. */
  const isOver = (tenant: string, holder: string | null, now: number): boolean =>
    holder !== null && (closedAt(holderKey(tenant, holder)) ?? Infinity) <= now
  const closedAt = (held: string): number | undefined =>
    (gathering.closed.get(held) ?? leaving.closed.get(held))?.expiresAt

  return {
    /** `draft`: as a batch has left it until now. */
    find(tenant: string, command: CommandId, now: number, draft?: AnswersDraft): Remembered | undefined {
      const key = keyOf(tenant, command)
      const written = draft?.rows.get(key) ?? gathering.rows.get(key) ?? leaving.rows.get(key)
      if (written && (written.expiresAt === null || written.expiresAt > now))
        return { fingerprint: written.fingerprint, answer: JSON.parse(written.answer) }
      if (written) return undefined
      if (absent.has(key)) return undefined
      const row = find.get(tenant, command.principal, command.key, now)
      if (absent.size >= MOST_ABSENT) absent = new Set()
      if (!row) absent.add(key)
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
      for (const { byHolder } of [leaving, gathering, draft])
        for (const key of byHolder.get(held) ?? []) {
          const row = draft.rows.get(key) ?? gathering.rows.get(key) ?? leaving.rows.get(key)
          if (row?.holder === holder) draft.rows.set(key, { ...row, holder: null, expiresAt })
        }
      draft.closed.set(held, { tenant, holder, expiresAt })
    },

    adopt: (draft: AnswersDraft): void => add(gathering, draft),

    leave(): number {
      leaving = gathering
      gathering = answersDraft()
      return leaving.rows.size + leaving.closed.size
    },
    left(): void {
      leaving = answersDraft()
      absent = new Set()
    },
    stay(): void {
      const later = gathering
      gathering = leaving
      leaving = answersDraft()
      add(gathering, later)
    },

    /** What the table has under a closed holder comes first: the rows say for themselves what became of theirs. */
    *write(): Generator<void> {
      for (const { tenant, holder, expiresAt } of leaving.closed.values()) {
        close.run(expiresAt, tenant, holder)
        yield
      }
      for (const row of leaving.rows.values()) {
        const { tenant, principal, key, fingerprint, answer, holder, expiresAt } = row
        insert.run(tenant, principal, key, fingerprint, answer, holder, expiresAt)
        yield
      }
    },

    /** Bounded, and a few at a time: a long delete would hold up every commit behind it. */
    *purge(now: number, limit: number): Generator<void> {
      for (let purged = 0; purged < limit; purged += PURGED_AT_ONCE) {
        // a look costs a tenth of a delete that finds nothing
        if (expired.get(now) === undefined) return
        purge.run(now, PURGED_AT_ONCE)
        yield
      }
    },
  }
}

function add(into: AnswersDraft, { rows, closed }: AnswersDraft): void {
  for (const [key, row] of rows) put(into, key, row)
  for (const [held, one] of closed) into.closed.set(held, one)
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
