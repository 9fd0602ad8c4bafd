import { openEmbeddedStore, systemClock, verifyChain } from '@holdpoint/server'
import { expect, it } from 'vitest'
import { startChild } from './child.ts'
import { temporaryFolder } from './embedded-harness.ts'
import { wholeFeed } from './store-harness.ts'

const ROUNDS = 10
const commitForever = new URL('./children/commit-forever.ts', import.meta.url)

it('[ST3] [PR1] [ST4] what was acknowledged before a SIGKILL is found again', async () => {
  using folder = temporaryFolder()
  let acknowledged = 0
  for (let round = 0; round < ROUNDS; round++) {
    // few go into the journal, many into the tables at once
    await using child = startChild(commitForever, folder.path, round % 2 === 0 ? '32' : '3')
    await child.firstLine()
    // Any moment will do: the later ones fall into the middle of batches and checkpoints.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
    await child.kill()

    const store = await openEmbeddedStore({ folder: folder.path, clock: systemClock })
    const reported = new Map(child.lines.map((line) => line.split(' ') as [string, string]))
    expect(reported.size).toBeGreaterThan(0)
    for (const line of child.lines) {
      const [agent = '', version = ''] = line.split(' ')
      const ref = { tenant: 'acme', kind: 'agent', id: agent } as const
      const loaded = await store.load(ref, { principal: agent, key: `step-${version}` })
      expect(loaded.version, line).toBeGreaterThanOrEqual(Number(version))
      expect(loaded.earlier?.answer, line).toBe(Number(version))
    }
    const feed = await wholeFeed(store)
    expect(verifyChain(feed)).toBeUndefined()
    acknowledged += child.lines.length
    expect(feed.length).toBeGreaterThanOrEqual(acknowledged)
    expect(store.epoch).toBe(1)
    await store.close()
  }
})
