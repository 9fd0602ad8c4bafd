import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, refused } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import type { Decision } from '../domain/effects.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { DocumentRef, Store } from '../store/store.ts'
import { rememberingStore } from './remembering-store.ts'
import { transact } from './transact.ts'

interface Doc {
  readonly count: number
  readonly closed: boolean
}

const ref: DocumentRef = { tenant: 'acme', kind: 'agent', id: 'worker' }
let folder: string
let store: Store
let loads: number
let here: Store
let elsewhere: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remembering-store-'))
  store = await openEmbeddedStore({ folder, clock: manualClock() })
  loads = 0
  const counted: Store = Object.assign(Object.create(store) as Store, {
    load: async (...args: Parameters<Store['load']>) => {
      loads += 1
      return store.load(...args)
    },
  })
  here = rememberingStore(counted)
  elsewhere = rememberingStore(store)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const written = (doc: Doc): Decision<Doc> => ({
  answer: ok({ count: doc.count }),
  effects: {
    doc,
    events: [],
    deadlines: { set: [], clear: [] },
    records: [],
    blobs: [],
    closeHolders: [],
  },
})

/** Counts up, unless it is closed. */
const countUp = (on: Store, key?: string) =>
  transact<Doc>(on, {
    ref,
    read: (stored) => stored as Doc,
    command: key === undefined ? undefined : { id: { principal: 'ana', key }, fingerprint: key },
    decide: (doc = { count: 0, closed: false }) =>
      doc.closed ? { answer: refused('conflict') } : written({ ...doc, count: doc.count + 1 }),
  })
const setClosed = (on: Store, closed: boolean) =>
  transact<Doc>(on, {
    ref,
    read: (stored) => stored as Doc,
    decide: (doc = { count: 0, closed: false }) => written({ ...doc, closed }),
  })

it('[ST1] what this node committed last is not read again', async () => {
  await countUp(here, 'one')
  expect(loads).toBe(1)
  for (const key of ['two', 'three', 'four']) await countUp(here, key)
  expect(loads).toBe(1)
  expect(await store.load(ref)).toMatchObject({ doc: { count: 4 }, version: 4 })
})

it('[ST2] what another node has written since is taken into account, without a read', async () => {
  await countUp(here, 'one')
  await countUp(elsewhere, 'two')
  const { answer } = await countUp(here, 'three')
  expect([answer, loads]).toEqual([ok({ count: 3 }), 1])
})

it('[ST1] a refusal is given only on what the store has just confirmed', async () => {
  await countUp(here)
  await setClosed(here, true)
  await setClosed(elsewhere, false)
  expect((await countUp(here)).answer).toEqual(ok({ count: 2 }))
  await setClosed(elsewhere, true)
  expect((await countUp(here)).answer).toMatchObject({ ok: false })
})

it('[ST1] what had to be read afresh is what the next command is decided on first', async () => {
  await setClosed(here, true)
  await setClosed(elsewhere, true)
  await countUp(here)
  expect(await here.load(ref)).toMatchObject({ version: 2, cached: true })
})

it('[ST4] a resent command gets its first answer, and what stands now beside it', async () => {
  await countUp(here, 'one')
  await countUp(elsewhere, 'two')
  const again = await countUp(here, 'one')
  expect(again).toMatchObject({ answer: ok({ count: 1 }), doc: { count: 2 }, earlier: {} })
  await setClosed(here, true)
  // a refusal would be decided anew: the first answer goes before it
  expect((await countUp(here, 'two')).answer).toEqual(ok({ count: 2 }))
})

it('[ST1] a remembered document that lacks what the command is about is read afresh before anything is decided', async () => {
  await countUp(here)
  await countUp(elsewhere)
  const seen: (number | undefined)[] = []
  await transact<Doc>(here, {
    ref,
    read: (stored) => stored as Doc,
    knows: (doc) => doc !== undefined && doc.count >= 2,
    decide: (doc) => {
      seen.push(doc?.count)
      return { answer: ok({}) }
    },
  })
  expect(seen).toEqual([2])
})

it('[ST2] what is decided on a document names the write that made it, read, remembered or told as stale', async () => {
  const writeOf = (version: number) => (version > 0 ? `write ${version}` : undefined)
  const named: (string | undefined)[] = []
  const naming: Store = Object.assign(Object.create(store) as Store, {
    load: async (...args: Parameters<Store['load']>) => {
      const loaded = await store.load(...args)
      return { ...loaded, write: writeOf(loaded.version) }
    },
    commit: async (change: Parameters<Store['commit']>[0]) => {
      named.push(change.expectedWrite)
      const result = await store.commit(change)
      return 'version' in result ? { ...result, write: writeOf(result.version) } : result
    },
  })
  const remembering = rememberingStore(naming)
  await countUp(elsewhere)
  await countUp(remembering)
  await countUp(remembering)
  await countUp(elsewhere)
  await countUp(remembering)
  await countUp(remembering)
  expect(named).toEqual(['write 1', 'write 2', 'write 3', 'write 4', 'write 5'])
})
