import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DAY, MINUTE } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import { verifyChain } from '../store/hash-chain.ts'
import type { Store, StoredEvent } from '../store/store.ts'
import { archiveFolder } from './archive-folder.ts'
import { type Archiver, startArchiver } from './archiver.ts'

let folder: string
let clock: ManualClock
/** Apart from the store's: rounds are made by hand, since writing files is nothing that a manual clock waits for. */
let rounds: ManualClock
let store: Store
let archiver: Archiver
let complaints: string[]

const start = () =>
  startArchiver({
    store,
    archive: archiveFolder(join(folder, 'archive')),
    clock: rounds,
    keepDays: 30,
    log: { error: (_, message) => void complaints.push(message) },
  })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archiver-'))
  clock = manualClock()
  rounds = manualClock()
  complaints = []
  store = await openEmbeddedStore({ folder: join(folder, 'store'), clock })
  archiver = start()
})
afterEach(async () => {
  await archiver.stop()
  await store.close()
  rmSync(folder, { recursive: true })
})

let version = 0
async function commit(count: number): Promise<void> {
  const result = await store.commit({
    ref: { tenant: 'acme/eu', kind: 'agent', id: `worker-${++version}` },
    expectedVersion: 0,
    at: store.now(),
    doc: {},
    events: Array.from({ length: count }, (_, n) => ({
      type: 'agent.started',
      agent: 'worker',
      data: { n },
    })),
  })
  if (result.status !== 'committed') throw new Error(result.status)
}

const partition = 'acme/eu/0'
const archived = (): string => join(folder, 'archive', encodeURIComponent(partition))
function readArchive(): StoredEvent[] {
  return readdirSync(archived())
    .toSorted()
    .flatMap((name) =>
      String(gunzipSync(readFileSync(join(archived(), name))))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as StoredEvent),
    )
}

it('[ST11] every event comes into the archive once, with its hash, so that the chain can be verified there', async () => {
  await commit(600)
  await archiver.round()
  await commit(1_200)
  await archiver.round()
  const events = readArchive()
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_800 }, (_, n) => n + 1))
  expect(verifyChain(events)).toBeUndefined()
  expect(complaints).toEqual([])
})

it('a few events wait for others, but not for long', async () => {
  await commit(3)
  await clock.advance(5 * MINUTE)
  await archiver.round()
  expect(() => readArchive()).toThrow(/ENOENT/)
  await clock.advance(11 * MINUTE)
  await archiver.round()
  expect(readArchive()).toHaveLength(3)
})

it('[ST11] what is archived and old goes from the store, and nothing else', async () => {
  await commit(600)
  await archiver.round()
  await clock.advance(20 * DAY)
  await commit(600)
  await archiver.round()
  await clock.advance(9 * DAY)
  await archiver.round()
  expect(await store.readFeed(partition, 0, 1)).toMatchObject([{ seq: 1 }])
  await clock.advance(2 * DAY)
  await archiver.round()
  expect(await store.readFeed(partition, 0, 1)).toMatchObject([{ seq: 601 }])
  expect(readArchive()).toHaveLength(1_200)
})

it('[ST11] an archive that can not be written to holds everything in the store', async () => {
  writeFileSync(join(folder, 'archive'), 'in the way')
  await commit(600)
  await clock.advance(31 * DAY)
  await archiver.round()
  expect(complaints.length).toBeGreaterThan(0)
  expect(await store.readFeed(partition, 0, 1)).toMatchObject([{ seq: 1 }])
})

it('[ST11] one of another history is not gone on with, and nothing is trimmed on its word', async () => {
  await commit(600)
  await archiver.round()
  await archiver.stop()
  await store.close()
  rmSync(join(folder, 'store'), { recursive: true })
  await clock.advance(MINUTE)
  store = await openEmbeddedStore({ folder: join(folder, 'store'), clock })
  await commit(700)
  archiver = start()
  await clock.advance(31 * DAY)
  await archiver.round()
  expect(complaints.length).toBeGreaterThan(0)
  expect(readArchive()).toHaveLength(600)
  expect(await store.readFeed(partition, 0, 1)).toMatchObject([{ seq: 1 }])
})

it('[ST11] what a crash left unsaid is said in the next round', async () => {
  await commit(600)
  await archiver.round()
  await archiver.stop()
  let failing = true
  const opened = store
  const forgetful: Store = Object.assign(Object.create(opened) as Store, {
    confirmArchived: async (...args: Parameters<Store['confirmArchived']>) => {
      if (failing) throw new Error('gone')
      return opened.confirmArchived(...args)
    },
  })
  store = forgetful
  archiver = start()
  await commit(600)
  await archiver.round()
  failing = false
  await clock.advance(31 * DAY)
  await archiver.round()
  store = opened
  expect(readArchive()).toHaveLength(1_200)
  expect(await store.readFeed(partition, 0, 1)).toEqual([])
})

it('rounds are made by themselves, and the last one is finished', async () => {
  await commit(600)
  await rounds.advance(MINUTE)
  await archiver.stop()
  expect(readArchive()).toHaveLength(600)
})
