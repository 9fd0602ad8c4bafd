/**
 * A store with a long history: some approvals that were really asked for, released, begun and reported, and as many copies of
 * their rows as it takes, under other ids. That the copies' hashes don't chain nobody looks at while a server runs.
 */
import { join } from 'node:path'
import { newId, type RequestAnswer } from '@holdpoint/shared'
import Database from 'better-sqlite3'
import { inLanes } from '../lanes.ts'
import { fillStore, TENANT } from './fill-store.ts'

const AGENTS = 50
const EACH = 10
const AT_ONCE = 16

/** Where a console stood before any of it. */
export interface LongHistory {
  readonly cursor: string
  readonly approvals: number
  readonly events: number
}

/** As of a day ago; of at least one of the two so many. */
export async function fillWithHistory(
  folder: string,
  { approvals = 0, events = 0 }: { readonly approvals?: number; readonly events?: number },
): Promise<LongHistory> {
  let cursor = ''
  await fillStore(folder, Date.now() - 24 * 60 * 60_000, async ({ agent, admin }) => {
    const ana = admin('ana')
    cursor = (await ana.ask<{ cursor: string }>('sync', {})).cursor
    await inLanes(AGENTS, AT_ONCE, async (n) => {
      const worker = agent(`earlier-${n}`)
      const instance = newId()
      const { run } = await worker.say<{ run: { epoch: string } }>('run.start', { instance })
      const { epoch } = run
      for (let item = 0; item < EACH; item++) {
        const args = { to: 'ana@example.org', text: 'x'.repeat(100), order: n * EACH + item }
        const { action, approval } = await worker.say<RequestAnswer>('action.request', {
          epoch,
          action: 'send_email',
          args,
          blocking: false,
        })
        const { id, digest } = action
        await ana.say('approval.approve', { id, digest, revision: approval?.revision })
        await worker.say('action.begin', { epoch, instance, id, digest })
        await worker.say('action.report', { epoch, id, outcome: 'success' })
      }
      await worker.say('run.complete', { epoch })
    })
  })
  return { cursor, ...multiply(folder, approvals, events) }
}

function multiply(folder: string, approvals: number, events: number): { approvals: number; events: number } {
  const db = new Database(join(folder, 'holdpoint.db'))
  db.pragma('synchronous = OFF')
  db.pragma('journal_mode = OFF')
  db.pragma('cache_size = -500000')
  const count = (sql: string): number => db.prepare<unknown[], number>(sql).pluck().get() ?? 0
  const partition = db
    .prepare<unknown[], { id: number; seq: number }>('SELECT id, seq FROM partitions WHERE tenant = ?')
    .get(TENANT)
  if (!partition) throw new Error('nothing was filled in')
  const { id, seq } = partition
  const copies = Math.max(Math.ceil(approvals / (AGENTS * EACH)), Math.ceil(events / seq)) - 1
  // Ids of ours begin with their time: the copies' do as well, each later than the one before it, as they would have come.
  const later = (column: string): string => `printf('%08x', @copy) || substr(${column}, 9)`
  db.exec(`
    CREATE TEMP TABLE was_records AS SELECT * FROM records WHERE kind = 'approval';
    CREATE TEMP TABLE was_blobs   AS SELECT * FROM blobs;
    CREATE TEMP TABLE was_answers AS SELECT * FROM answers;
    CREATE TEMP TABLE was_events  AS SELECT * FROM events WHERE part = ${id};
  `)
  const copy = [
    `INSERT INTO records SELECT tenant, kind, ${later('id')}, agent, status, open, at + @copy, data, seq FROM was_records`,
    `INSERT INTO blobs   SELECT tenant, 'sha256:' || lower(hex(randomblob(32))), text FROM was_blobs WHERE @copy`,
    `INSERT INTO answers SELECT tenant, principal, ${later('key')}, fingerprint, answer, NULL, expires_at + @copy FROM was_answers`,
    `INSERT INTO events  SELECT pos + @copy * ${seq}, part, at + @copy, latest_at + @copy, type, agent, actor, NULL, push_state,
       principal, command_key, data, hash FROM was_events`,
  ].map((sql) => db.prepare(sql))
  db.exec('BEGIN')
  for (let n = 1; n <= copies; n++) for (const statement of copy) statement.run({ copy: n })
  db.exec(
    `UPDATE partitions SET seq = ${seq} * ${copies + 1}, latest_at = latest_at + ${copies} WHERE id = ${id}`,
  )
  db.exec('COMMIT')
  const made = {
    approvals: count(`SELECT count(*) FROM records WHERE kind = 'approval'`),
    events: count('SELECT count(*) FROM events'),
  }
  db.close()
  return made
}
