import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../clock.ts'
import { Descriptors, openDatabaseFiles } from './database-files.ts'
import { systemDisk } from './disk.ts'
import { storeFiles } from './folder.ts'
import { openEmbeddedStore } from './open-store.ts'

it('[PR1] what the disk has lost is told to the thread that flushes, and to whoever does not wait for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-files-'))
  const paths = storeFiles(folder)
  for (const path of [paths.database, paths.wal]) writeFileSync(path, '')
  const told = new Set<number>()
  /** As the kernel does: to each descriptor once. */
  const fail = (file: number): void => {
    if (told.has(file)) return
    told.add(file)
    throw new Error('fault: a page was not written')
  }
  const descriptors = new Descriptors()
  const files = openDatabaseFiles(descriptors, paths, {
    ...systemDisk,
    flush: fail,
    flushApart: async (file) => fail(file),
  })
  try {
    files.noteCopied()
    await expect(files.flushDatabase()).rejects.toThrow('fault')
    expect(files.flushDatabaseNow).toThrow('fault')
    expect(files.isOwedFlush()).toBe(true)
    await expect(files.flushWal()).rejects.toThrow('fault')
    expect(files.flushWalNow).toThrow('fault')
  } finally {
    descriptors.close()
    rmSync(folder, { recursive: true })
  }
})

it('a start that fails between the files leaves none of them open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-files-'))
  const options = { folder, clock: systemClock }
  const first = await openEmbeddedStore(options)
  await first.commit({
    ref: { tenant: 'acme', kind: 'agent', id: 'worker' },
    expectedVersion: 0,
    at: first.now(),
    doc: {},
    events: [{ type: 'agent.started', data: {} }],
  })
  await first.close()
  const { heads, wal } = storeFiles(folder)
  rmSync(heads)
  // told shortly before they are opened, the database before its log
  const onHistoryLost = () => rmSync(wal)
  await expect(openEmbeddedStore({ ...options, onHistoryLost })).rejects.toMatchObject({ code: 'ENOENT' })
  expect(openIn(folder)).toEqual([])
  rmSync(folder, { recursive: true })
})

/** What this process has open there. */
function openIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${descriptor}`)
      return file.startsWith(folder) ? [file] : []
    } catch {
      // the one that listed them
      return []
    }
  })
}
