import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabaseFiles } from './database-files.ts'
import { systemDisk } from './disk.ts'
import { storeFiles } from './folder.ts'

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
  const files = openDatabaseFiles(paths, {
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
    files.close()
    rmSync(folder, { recursive: true })
  }
})
