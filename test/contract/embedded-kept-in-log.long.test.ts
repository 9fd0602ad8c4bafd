import { statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreUnavailable } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { until } from '../harness/until.ts'
import { openEmbedded } from './embedded-harness.ts'
import { agentRef, committed, wholeFeed } from './store-harness.ts'

/** How long the log may get while the database takes nothing. */
const MOST_MIB = 500

const sizeOfLog = (folder: string): number => statSync(join(folder, 'holdpoint.db-wal')).size

it('[PR1] [ST8] a log that the database never takes ends what is taken before it has filled the disk, and loses nothing', async () => {
  await using h = await openEmbedded()
  let isFailing = true
  h.faults.beforeCheckpoint = () => {
    if (isFailing) throw new Database.SqliteError('fault: not written', 'SQLITE_IOERR_WRITE')
  }
  const text = 'x'.repeat(4_000_000)
  let taken = 0
  const take = (): Promise<unknown> =>
    committed(h.store, agentRef(`large-${taken + 1}`), { blobs: [{ digest: `sha256:${taken}`, text }] })
  const refusal = await (async () => {
    for (; taken < 300; taken++) await take()
  })().catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StoreUnavailable)
  expect((refusal as Error).message).toContain('does not take what its log holds (SQLITE_IOERR_WRITE)')
  expect(h.store.writable()).toBe(false)
  const bound = MOST_MIB * 2 ** 20
  expect(h.store.stats().loggedPages * 4_096).toBeGreaterThan(bound)
  // not even by looking whether there is room
  const size = sizeOfLog(h.folder)
  expect(size).toBeLessThan(1.4 * bound)
  await h.advance(10 * MINUTE)
  await expect(take()).rejects.toBeInstanceOf(StoreUnavailable)
  expect(sizeOfLog(h.folder)).toBe(size)
  // who reads is not kept from it
  expect(await wholeFeed(h.store)).toHaveLength(taken)
  expect(h.keptInLog).toHaveLength(1)
  isFailing = false
  await h.advance(MINUTE)
  await until('it takes writes', () => h.store.writable())
  await take()
  expect(await wholeFeed(h.store)).toHaveLength(taken + 1)
  expect(h.keptInLog).toEqual([expect.any(Error), undefined])
  expect(h.fatal).toEqual([])
})
