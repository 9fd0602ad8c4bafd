import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type EmbeddedStore, openEmbeddedStore, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { SECOND } from '@holdpoint/shared'
import { expect, it, type TestContext } from 'vitest'
import { type DiskFaults, faultyDisk } from '../harness/faulty-disk.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import { type QuotaDisk, quotaDisk } from '../harness/quota-disk.ts'
import { until } from '../harness/until.ts'
import { agentRef, changeTo, upTo, wholeFeed } from './store-harness.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** A store in a folder with a quota. Beside the quota nothing is wrong with its disk. */
async function onQuota(context: TestContext) {
  const disk: QuotaDisk | undefined = quotaDisk()
  if (!disk) {
    const why =
      'No quota was used up, so nothing is proved here about one: that needs root, loop devices and btrfs.'
    console.error(`\n✗✗ ${why}\n`)
    return context.skip(why)
  }
  const fatal: Error[] = []
  const faults: DiskFaults = {}
  const clock: ManualClock = manualClock()
  const folder = join(disk.folder, 'store')
  const open = () =>
    openEmbeddedStore({
      folder,
      clock,
      disk: faultyDisk(faults),
      onFatal: (error) => fatal.push(error),
    })
  let store: EmbeddedStore = await open()
  const acknowledged: string[] = []
  let n = 0
  return {
    allow: disk.allow,
    /** Within the quota. */
    folder: disk.folder,
    faults,
    fatal,
    clock,
    get store() {
      return store
    },
    /** How each ended. */
    async commit(count: number, bytes: number): Promise<ReadonlySet<string>> {
      const ended = await Promise.all(
        upTo(count).map(async () => {
          const id = `w${n++}`
          const blobs = [{ digest: `sha256:${id}`, text: 'x'.repeat(bytes) }]
          try {
            await store.commit(changeTo(agentRef(id), store.now(), { blobs }))
            acknowledged.push(id)
            return 'committed'
          } catch (error) {
            return (error as Error).name
          }
        }),
      )
      return new Set(ended)
    },
    /** Once there is room again: nothing that was acknowledged is lost, and nothing that was refused is there. */
    async expectWhole(): Promise<void> {
      disk.allow(undefined)
      await until('it takes writes', async () => {
        await clock.advance(2 * SECOND)
        return store.writable()
      })
      await store.close()
      store = await open()
      const feed = await wholeFeed(store)
      expect(verifyChain(feed)).toBeUndefined()
      expect(feed.map(({ agent }) => agent).sort()).toEqual(acknowledged.toSorted())
      expect(fatal).toEqual([])
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      disk[Symbol.dispose]()
    },
  }
}

it('[ST8] a quota that is used up while the tables get what they lack is a full disk, and ends nothing', async (context) => {
  await using h = await onQuota(context)
  // within what the journal has written ahead, and far more than the database may grow by
  for (const allowed of [0, 100 * KIB, 300 * KIB]) {
    await h.commit(20, 10 * KIB)
    h.allow(allowed)
    // nobody has committed for a moment: they are written
    await h.clock.advance(SECOND)
    await until('it has been tried', () => !h.store.writable())
    expect(h.fatal).toEqual([])
    expect(await h.store.load(agentRef('w0'))).toMatchObject({ version: 1 })
    expect(await h.commit(50, 100 * KIB)).toContain(StoreUnavailable.name)
    await h.expectWhole()
  }
})

it('[ST8] a quota that is used up at a checkpoint leaves all of it in the log', async (context) => {
  await using h = await onQuota(context)
  let tries = 0
  h.faults.beforeCheckpoint = () => {
    tries += 1
    if (tries === 1) h.allow(MIB)
  }
  // as much as makes a checkpoint due
  expect(await h.commit(200, 100 * KIB)).toEqual(new Set(['committed']))
  await h.clock.advance(SECOND)
  await until('it has been tried', () => tries > 0)
  await h.commit(50, 100 * KIB)
  await h.expectWhole()
})

it('[PR1] a copy that a quota has no room for says so, wherever it is used up, and leaves nothing', async (context) => {
  await using h = await onQuota(context)
  await h.commit(200, 100 * KIB)
  await h.clock.advance(SECOND)
  const file = join(h.folder, 'copy.db')
  for (const allowed of [0, 20 * KIB, 100 * KIB, 5 * MIB, 15 * MIB, 19 * MIB]) {
    h.allow(allowed)
    const refusal = await h.store.backup(file).catch((error: unknown) => error)
    expect(refusal, `${allowed}`).toBeInstanceOf(StoreUnavailable)
    expect(refusal).toMatchObject({ message: expect.stringContaining('room') })
    h.allow(undefined)
    expect(existsSync(file)).toBe(false)
  }
  await h.store.backup(file)
  await h.expectWhole()
})
