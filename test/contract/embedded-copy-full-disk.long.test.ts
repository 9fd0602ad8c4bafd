import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyStoppedStore, openEmbeddedStore, StoreUnavailable, systemClock } from '@holdpoint/server'
import { SECOND } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { smallDisk } from '../harness/small-disk.ts'
import {
  copyFolder,
  databaseIn,
  type EmbeddedHarness,
  openEmbedded,
  temporaryFolder,
} from './embedded-harness.ts'
import { agentRef, committed, partition, TENANT, upTo } from './store-harness.ts'

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

const turnOver = () => new Promise((resolve) => setImmediate(resolve))

/** Far more than a copy takes that nothing sets back. */
const MOST_TURNS = 3_000

it.each([
  [
    'its tables find no room, and somebody reads in every turn',
    'noRoomToSettle',
    async (h: EmbeddedHarness, isOver: () => boolean) => {
      for (let turns = 0; !isOver() && turns < MOST_TURNS; turns++) {
        expect(await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 999 })).toHaveLength(201)
        await turnOver()
      }
    },
  ],
  [
    'there is room for nothing as large as a command may be',
    'noRoomForMore',
    async (h: EmbeddedHarness, isOver: () => boolean) => {
      h.faults.failNext = 'write'
      await expect(committed(h.store, agentRef('refused'))).rejects.toBeInstanceOf(StoreUnavailable)
      for (let turns = 0; !isOver() && turns < MOST_TURNS; turns++) await turnOver()
    },
  ],
] as const)(
  '[PR1] [ST8] a copy of a running store is given up with a sentence where %s, and taken once there is room',
  async (_, fault, meanwhile) => {
    await using h = await openEmbedded()
    for (const n of upTo(200))
      await committed(h.store, agentRef(`w${n}`), {
        blobs: [{ digest: `sha256:${n}`, text: 'x'.repeat(100_000) }],
      })
    await h.reopen()
    const file = join(h.folder, '..', 'copy.db')
    let isOver = false
    let begun = (): void => {}
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    const copying = h.store
      .backup(file, { told: () => begun() })
      .catch((error: unknown) => error)
      .finally(() => {
        isOver = true
      })
    await isBegun
    h.faults[fault] = true
    await committed(h.store, agentRef('owed'))
    await meanwhile(h, () => isOver)
    expect(isOver).toBe(true)
    expect(await copying).toMatchObject({ message: expect.stringContaining('the copy was given up') })
    expect(existsSync(file)).toBe(false)
    delete h.faults[fault]
    await h.advance(2 * SECOND)
    await h.store.backup(file)
    expect(h.fatal).toEqual([])
  },
)
