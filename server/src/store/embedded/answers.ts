/** ST4: the first answer to each command id. */
import { DAY } from '@holdpoint/shared'
import type { Change, CommandId, Remembered } from '../store.ts'
import type { Db } from './sqlite.ts'

export function answersTable(db: Db) {
  const find = db.prepare<unknown[], { fingerprint: string; answer: string }>(
    `SELECT fingerprint, answer FROM answers
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

  return {
    find(tenant: string, { principal, key }: CommandId, now: number): Remembered | undefined {
      const row = find.get(tenant, principal, key, now)
      return row && { fingerprint: row.fingerprint, answer: JSON.parse(row.answer) }
    },

    remember(tenant: string, remember: NonNullable<Change['remember']>, answer: string, now: number): void {
      const { command, fingerprint, retain } = remember
      const [holder, expiresAt] = 'holder' in retain ? [retain.holder, null] : [null, now + retain.forMs]
      insert.run(tenant, command.principal, command.key, fingerprint, answer, holder, expiresAt)
    },

    closeHolder: (tenant: string, holder: string, now: number): void => {
      close.run(now + DAY, tenant, holder)
    },

    /** Bounded: a long delete would hold up every commit behind it. */
    purge(now: number, limit: number): void {
      // a look costs a tenth of a delete that finds nothing
      if (expired.get(now) !== undefined) purge.run(now, limit)
    },
  }
}
