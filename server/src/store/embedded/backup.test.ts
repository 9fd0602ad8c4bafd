import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../../test/harness/manual-clock.ts'
import { verifyChain } from '../hash-chain.ts'
import type { StoredEvent } from '../store.ts'
import type { EmbeddedStore } from './embedded-store.ts'
import { openEmbeddedStore } from './open-store.ts'
import { copyStoppedStore } from './stopped-copy.ts'
import { withStoppedLog } from './stopped-log.ts'

const PARTITION = 'acme/0'
let root: string
let store: EmbeddedStore
const open = (folder: string) => openEmbeddedStore({ folder, clock: manualClock(), owed: 2_048 })
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'backup-'))
  store = await open(join(root, 'store'))
})
afterEach(async () => {
  await store.close()
  rmSync(root, { recursive: true })
})

let versions = new Map<string, number>()
beforeEach(() => {
  versions = new Map()
})
/** One commit to a document, whose event says which it is. Resolves once it is durable. */
async function commit(id: string, bytes = 0): Promise<void> {
  const expectedVersion = versions.get(id) ?? 0
  versions.set(id, expectedVersion + 1)
  const result = await store.commit({
    ref: { tenant: 'acme', kind: 'agent', id },
    expectedVersion,
    at: store.now(),
    doc: { id, version: expectedVersion + 1, filling: 'x'.repeat(bytes) },
    events: [{ type: 'agent.started', agent: id, data: { version: expectedVersion + 1 } }],
  })
  expect(result.status).toBe('committed')
}

/** Opens a copy as a store of its own, which notes that its history may be another one (ST9) as one event more. */
async function restored(file: string, look: (copy: EmbeddedStore) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(root, 'restored-'))
  copyFileSync(file, join(folder, 'holdpoint.db'))
  const opened = await open(folder)
  try {
    await look(opened)
  } finally {
    await opened.close()
  }
}

async function feedOf(copy: EmbeddedStore): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (;;) {
    const page = await copy.readFeed(PARTITION, events.length, 500)
    if (page.length === 0) return events
    events.push(...page)
  }
}

it('[PR1] copies what was acknowledged, and is its owner’s alone', async () => {
  for (let n = 0; n < 5; n += 1) await commit(`worker-${n}`)
  const file = join(root, 'copy.db')
  await store.backup(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const raw = new Database(file, { readonly: true })
  expect(raw.prepare('SELECT count(*) FROM events').pluck().get()).toBe(5)
  expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
  raw.close()
  await restored(file, async (copy) => {
    const { seq, hash } = await store.head(PARTITION)
    expect(await copy.hashAt(PARTITION, seq)).toBe(hash)
    expect(await copy.head(PARTITION)).toMatchObject({ seq: seq + 1 })
    expect(await copy.load({ tenant: 'acme', kind: 'agent', id: 'worker-4' })).toMatchObject({ version: 1 })
  })
})

it('[PR1] [PR7] taken while commits go on, it is the store as it was at one commit, no earlier than its beginning', async () => {
  for (let n = 0; n < 200; n += 1) await commit(`early-${n}`, 20_000)
  const { seq: before } = await store.head(PARTITION)
  const file = join(root, 'copy.db')
  let isDone = false
  let during = 0
  const copying = store.backup(file).then(() => {
    isDone = true
  })
  while (!isDone) {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => commit(`early-${(during * 20 + n) % 200}`, 20_000)),
    )
    during += 1
  }
  await copying
  expect(during, 'commits went on').toBeGreaterThan(3)
  await restored(file, async (copy) => {
    const events = await feedOf(copy)
    expect(events.length).toBeGreaterThan(before)
    expect(verifyChain(events)).toBeUndefined()
    expect(await copy.head(PARTITION)).toMatchObject({ seq: events.length, hash: events.at(-1)?.hash })
    // each document stands where the last event of it says
    const last = new Map(
      events
        .filter(({ type }) => type === 'agent.started')
        .map(({ agent = '', data }) => [agent, data.version]),
    )
    for (const [id, version] of last)
      expect(await copy.load({ tenant: 'acme', kind: 'agent', id })).toMatchObject({
        version,
        doc: { version },
      })
  })
})

it('[PR1] begun while the tables get what they lack, it is a whole copy all the same', async () => {
  let n = 0
  for (let round = 0; round < 4; round += 1) {
    // many more than the tables wait for
    const work = Array.from({ length: 9_000 }, () => commit(`worker-${n++}`))
    await new Promise((resolve) => setImmediate(resolve))
    const { seq: before } = await store.head(PARTITION)
    const file = join(root, `copy-${round}.db`)
    await store.backup(file)
    await restored(file, async (copy) => {
      const { seq } = await copy.head(PARTITION)
      expect(seq).toBeGreaterThanOrEqual(before)
    })
    await Promise.all(work)
  }
}, 60_000)

it('[PR1] ends beside commits without a pause, that add more to the tables each time than it copies in a turn', async () => {
  for (let n = 0; n < 200; n += 1) await commit(`early-${n}`, 20_000)
  let pages = 0
  let isDone = false
  const copying = store
    .backup(join(root, 'copy.db'), { told: (_, total) => (pages ||= total) })
    .finally(() => {
      isDone = true
    })
  let during = 0
  // a step of 1,024 pages for each time that they are written, and that is after 4,096 commits at the latest
  const isInTime = (): boolean => during < (Math.ceil(pages / 1_024) + 2) * 4_096
  const workers = Array.from({ length: 256 }, async (_, worker) => {
    for (let n = 0; !isDone && isInTime(); n += 1, during += 1) await commit(`late-${worker}-${n}`, 3_000)
  })
  await Promise.all(workers)
  expect(pages).toBeGreaterThan(1_000)
  expect(isDone, `after ${during} commits`).toBe(true)
  await copying
})

it('[PR7] is verified as what it is, whatever stands in the journal beside it', async () => {
  for (let n = 0; n < 3; n += 1) await commit(`worker-${n}`)
  const file = join(root, 'store', 'copy.db')
  await store.backup(file)
  for (let n = 3; n < 6; n += 1) await commit(`worker-${n}`)
  await withStoppedLog(file, async (log) => expect(log.readFeed(PARTITION, 0, 9)).toHaveLength(3))
})

it('leaves nothing of a copy that was given up, or that the store was closed under', async () => {
  for (let n = 0; n < 50; n += 1) await commit(`worker-${n}`, 20_000)
  const file = join(root, 'copy.db')
  const given = new AbortController()
  const told = () => given.abort(new Error('given up'))
  await expect(store.backup(file, { told, signal: given.signal })).rejects.toThrow('given up')
  expect(existsSync(file)).toBe(false)
  const closed: string[] = []
  const under = store.backup(file, {
    told: () => closed.length === 0 && closed.push('now') && void store.close(),
  })
  await expect(under).rejects.toThrow('The store is closed.')
  expect(readdirSync(root)).toEqual(['store'])
  await expect(store.backup(file)).rejects.toThrow('The store is closed.')
})

it('never writes over a file that is there', async () => {
  const file = join(root, 'precious.db')
  writeFileSync(file, 'precious')
  await expect(store.backup(file)).rejects.toMatchObject({ code: 'EEXIST' })
  expect(statSync(file).size).toBe('precious'.length)
})

it('[PR1] copies from a folder whose process died what only its journal holds, and leaves that as it is', async () => {
  for (let n = 0; n < 5; n += 1) await commit(`worker-${n}`)
  const left = join(root, 'left')
  // by another process: closing a file of a database that this one has open would drop its lock
  execFileSync('cp', ['-a', join(root, 'store'), left])
  const journal = readFileSync(join(left, 'holdpoint.db-journal-a'))
  const file = join(root, 'copy.db')
  await copyStoppedStore(left, file)
  expect(readFileSync(join(left, 'holdpoint.db-journal-a'))).toEqual(journal)
  expect(readdirSync(root).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await restored(file, async (copy) => {
    expect(await copy.load({ tenant: 'acme', kind: 'agent', id: 'worker-4' })).toMatchObject({ version: 1 })
    expect(await copy.head(PARTITION)).toMatchObject({ seq: 6 })
  })
})

it('copies a store that nobody has open, and says who has one that is', async () => {
  await commit('worker')
  const file = join(root, 'copy.db')
  await expect(copyStoppedStore(join(root, 'store'), file)).rejects.toThrow(/is held by/)
  await store.close()
  await copyStoppedStore(join(root, 'store'), file)
  await restored(file, async (copy) => expect(await copy.head(PARTITION)).toMatchObject({ seq: 2 }))
  await expect(copyStoppedStore(join(root, 'nowhere'), join(root, 'none.db'))).rejects.toThrow(
    /no embedded store/,
  )
  expect(existsSync(join(root, 'nowhere'))).toBe(false)
})
