import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type EmbeddedStore, openEmbeddedStore, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { expect, it } from 'vitest'
import { smallDisk } from '../harness/small-disk.ts'
import { copyFolder, openEmbedded } from './embedded-harness.ts'
import { agentRef, committed, upTo, wholeFeed } from './store-harness.ts'

const KIB = 1024
const DISK = 20 * 1024 * KIB
const COMMITS = 60

it('[ST8] [PR1] a start that finds no room says so, whatever it would have written, and loses nothing', async (context) => {
  using disk = smallDisk(DISK)
  if (!disk) {
    const why =
      'No disk was filled, so nothing is proved here about a start on a full one: that needs root, to mount one.'
    console.error(`\n✗✗ ${why}\n`)
    return context.skip(why)
  }
  await using h = await openEmbedded()
  // all of it is in the journal alone
  for (const n of upTo(COMMITS))
    await committed(h.store, agentRef(`w${n}`), {
      blobs: [{ digest: `sha256:${n}`, text: 'x'.repeat(20_000) }],
    })
  const folder = join(disk.folder, 'store')
  const start = () => openEmbeddedStore({ folder, clock: h.clock })
  const outcomes = new Set<boolean>()
  for (const room of [0, 4, 8, 16, 64, 128, 300, 1_000, 2_000, 4_000]) {
    mkdirSync(folder, { mode: 0o700 })
    copyFolder(h.folder, folder)
    // it is written anew
    rmSync(join(folder, 'holder.json'))
    disk.leave(room * KIB)
    const outcome = await start().catch((error: unknown) => error)
    outcomes.add(outcome instanceof Error)
    if (outcome instanceof Error) {
      expect(outcome, `${room} KiB`).toBeInstanceOf(StoreUnavailable)
      expect(outcome.message).toContain('make some, and start again')
    } else await (outcome as EmbeddedStore).close()
    disk.makeRoom()
    const store = await start()
    const feed = await wholeFeed(store)
    expect(feed, `${room} KiB`).toHaveLength(COMMITS)
    expect(verifyChain(feed)).toBeUndefined()
    await store.close()
    rmSync(folder, { recursive: true })
  }
  expect(outcomes).toEqual(new Set([true, false]))
})
