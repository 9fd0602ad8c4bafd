import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyStoppedStore, openEmbeddedStore, StoreUnavailable, systemClock } from '@holdpoint/server'
import { expect, it } from 'vitest'
import { smallDisk } from '../harness/small-disk.ts'
import { copyFolder, databaseIn, openEmbedded, temporaryFolder } from './embedded-harness.ts'
import { agentRef, committed, partition, upTo } from './store-harness.ts'

const KIB = 1024
const PAGE = 4 * KIB
/** What a copy asks for before it begins, and some more. */
const DISK = 80 * 1024 * KIB

it('[PR1] a copy of a stopped store is whole or not there, wherever the disk is full', async (context) => {
  using disk = smallDisk(DISK)
  if (!disk) {
    const why =
      'No disk was filled, so nothing is proved here about copies on a full one: that needs root, to mount one.'
    console.error(`\n✗✗ ${why}\n`)
    return context.skip(why)
  }
  using left = temporaryFolder()
  await using h = await openEmbedded()
  const write = async (id: string): Promise<void> => {
    const blobs = [{ digest: `sha256:${id}`, text: 'x'.repeat(20_000) }]
    await committed(h.store, agentRef(id), { blobs })
  }
  for (const n of upTo(40)) await write(`early-${n}`)
  await h.reopen()
  // less than the tables wait for: it is in the journal alone when the process dies
  for (const n of upTo(40)) await write(`late-${n}`)
  copyFolder(h.folder, left.path)

  const file = join(disk.folder, 'copy.db')
  const outcomes = new Set<string>()
  // through all that is written to the copy: its log, and the database that the log goes into
  for (let room = 0; room < 3_000; room += 90) {
    let isFilled = false
    const told = (done: number, total: number): void => {
      if (isFilled) return
      isFilled = true
      disk.leave((total - done) * PAGE + room * KIB)
    }
    const outcome = await copyStoppedStore(left.path, file, { told }).then(
      () => 'whole',
      (error: unknown) => error,
    )
    expect(isFilled).toBe(true)
    disk.makeRoom()
    const found = readdirSync(disk.folder)
    if (outcome === 'whole') {
      expect(found, `${room} KiB`).toEqual(['copy.db'])
      using restored = temporaryFolder()
      copyFolder(disk.folder, restored.path)
      renameSync(join(restored.path, 'copy.db'), databaseIn(restored.path))
      const copy = await openEmbeddedStore({ folder: restored.path, clock: systemClock })
      // one event more: it notes that its history may be another one
      expect(await copy.head(partition), `${room} KiB`).toMatchObject({ seq: 81 })
      await copy.close()
    } else {
      expect(outcome, `${room} KiB`).toBeInstanceOf(StoreUnavailable)
      expect(found, `${room} KiB`).toEqual([])
    }
    outcomes.add(String(outcome === 'whole'))
    rmSync(file, { force: true })
  }
  expect(outcomes).toEqual(new Set(['true', 'false']))
})
