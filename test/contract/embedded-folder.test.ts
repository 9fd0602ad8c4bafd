import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, StoreHeld, StoreUnavailable, systemClock } from '@holdpoint/server'
import { MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../harness/manual-clock.ts'
import { smallDisk } from '../harness/small-disk.ts'
import { until } from '../harness/until.ts'
import { startChild } from './child.ts'
import { copyFolder, openEmbedded, temporaryFolder } from './embedded-harness.ts'
import { agentRef, committed, TENANT, upTo, worker } from './store-harness.ts'

const holdStore = new URL('./children/hold-store.ts', import.meta.url)

describe('the folder', () => {
  it('is refused to a second process, by a sentence that says who holds it', async () => {
    using folder = temporaryFolder()
    await using holder = startChild(holdStore, folder.path)
    expect(await holder.firstLine()).toBe('open')
    const refusal = openEmbeddedStore({ folder: folder.path, clock: systemClock })
    await expect(refusal).rejects.toBeInstanceOf(StoreHeld)
    await expect(refusal).rejects.toThrow(
      new RegExp(`is held by process ${holder.pid} on .+ since 20.+; stop it`),
    )
    await using second = startChild(holdStore, folder.path)
    expect(await second.firstLine()).toContain(`StoreHeld: ${folder.path} is held by process ${holder.pid}`)
  })

  it('is refused to the same process twice, and free again after closing', async () => {
    await using h = await openEmbedded()
    const again = () => openEmbeddedStore({ folder: h.folder, clock: h.clock })
    await expect(again()).rejects.toBeInstanceOf(StoreHeld)
    // The refused attempt must not have dropped the lock: a second one fails as well, in another process too.
    await using other = startChild(holdStore, h.folder)
    expect(await other.firstLine()).toContain('StoreHeld')
    await expect(again()).rejects.toBeInstanceOf(StoreHeld)
    await committed(h.store, worker)
    await h.reopen()
    expect(existsSync(join(h.folder, 'holder.json'))).toBe(true)
    await h.store.close()
    expect(existsSync(join(h.folder, 'holder.json'))).toBe(false)
  })

  it('is free after its holder was killed, whatever the holder’s file says', async () => {
    using folder = temporaryFolder()
    await using holder = startChild(holdStore, folder.path)
    expect(await holder.firstLine()).toBe('open')
    await holder.kill()
    expect(existsSync(join(folder.path, 'holder.json'))).toBe(true)
    const store = await openEmbeddedStore({ folder: folder.path, clock: systemClock })
    await committed(store, worker)
    await store.close()
  })

  it('on a file system that is read-only is refused by a sentence', async (context) => {
    using disk = smallDisk(32 * 2 ** 20)
    if (!disk) {
      const why =
        'No disk was made read-only, so nothing is proved here about one: that needs root, to mount it.'
      console.error(`\n✗✗ ${why}\n`)
      return context.skip(why)
    }
    const folder = join(disk.folder, 'store')
    const store = await openEmbeddedStore({ folder, clock: systemClock })
    await committed(store, worker)
    await store.close()
    disk.makeReadOnly()
    const refusal = openEmbeddedStore({ folder, clock: systemClock })
    await expect(refusal).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(refusal).rejects.toThrow(`The store in ${folder} can not be opened for writing (SQLITE_`)
  })

  it.each(['removed', 'moved away', 'replaced'])(
    '[ST8] that is %s while it is in use ends the store: nothing more is acknowledged that nobody would find',
    async (how) => {
      using root = temporaryFolder()
      const folder = join(root.path, 'store')
      const clock = manualClock()
      const fatal: Error[] = []
      const store = await openEmbeddedStore({ folder, clock, onFatal: (error) => fatal.push(error) })
      await committed(store, worker)
      await clock.advance(MINUTE)
      expect(fatal).toEqual([])
      if (how === 'removed') await until('nothing is written while it goes', () => isGone(folder))
      else renameSync(folder, join(root.path, 'elsewhere'))
      if (how === 'replaced') cpSync(join(root.path, 'elsewhere'), folder, { recursive: true })
      await committed(store, agentRef('next'))
      await clock.advance(SECOND)
      expect(fatal).toEqual([
        expect.objectContaining({ message: expect.stringContaining('while it was in use') }),
      ])
      await expect(committed(store, agentRef('later'))).rejects.toBeInstanceOf(StoreUnavailable)
      await store.close().catch(() => {})
    },
  )

  it('[PR1] a server that is closed after its folder was replaced leaves the other one its files', async () => {
    using root = temporaryFolder()
    const [folder, elsewhere] = [join(root.path, 'store'), join(root.path, 'elsewhere')]
    const clock = manualClock()
    const store = await openEmbeddedStore({ folder, clock })
    await committed(store, worker)
    renameSync(folder, elsewhere)
    cpSync(elsewhere, folder, { recursive: true })
    const next = await openEmbeddedStore({ folder, clock })
    const ids = upTo(3).map((n) => `next${n}`)
    for (const id of ids) await committed(next, agentRef(id))
    const others = readdirSync(folder)
    await store.close().catch(() => {})
    expect(readdirSync(folder)).toEqual(others)
    // as after a kill: what is in its journal alone is found
    const left = join(root.path, 'left')
    copyFolder(folder, left)
    const again = await openEmbeddedStore({ folder: left, clock })
    const kept = await again.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })
    expect(kept.map(({ id }) => id)).toEqual([...ids, worker.id])
    await again.close()
    await next.close()
  })

  it('is for its owner alone', async () => {
    using root = temporaryFolder()
    const folder = join(root.path, 'made', 'here')
    const umask = process.umask(0)
    try {
      const clock = manualClock()
      const store = await openEmbeddedStore({ folder, clock })
      await committed(store, worker)
      await clock.advance(MINUTE)
      const files = [
        '.gitignore',
        'heads.json',
        'holder.json',
        'holdpoint.db',
        'holdpoint.db-journal-a',
        'holdpoint.db-wal',
      ]
      // The witness is written in the background, beside its old self.
      await expect.poll(() => readdirSync(folder).toSorted()).toEqual(files)
      const modes = ['', ...files].map((file) => statSync(join(folder, file)).mode & 0o777)
      expect(modes.map((mode) => mode.toString(8))).toEqual(['700', ...files.map(() => '600')])
      await store.close()
    } finally {
      process.umask(umask)
    }
  })
})

/** Removes it; false where something was written into it meanwhile. */
function isGone(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    return false
  }
}
