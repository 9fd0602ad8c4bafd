import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInPolicy } from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { afterThisTurn } from '../clock.ts'
import { type AgentDocument, newAgent } from '../domain/agent-document.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { Store } from '../store/store.ts'
import { type AgentDirectory, createAgentDirectory } from './agent-directory.ts'

const AGENTS = 350

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-directory-'))
  store = await openEmbeddedStore({ folder, clock: manualClock() })
  await Promise.all(Array.from({ length: AGENTS }, (_, n) => write(agent(n), 0)))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const agent = (n: number): AgentDocument =>
  newAgent('acme', `worker-${n}`, { owner: undefined, labels: {} }, builtInPolicy)

const write = (doc: AgentDocument, expectedVersion: number) =>
  store.commit({
    ref: { tenant: 'acme', kind: 'agent', id: doc.id },
    expectedVersion,
    doc,
    events: [],
    at: 0,
  })

it('[PR2] thousands of agents are read over many turns, so that whoever asks for something else comes in between', async () => {
  let turns = 0
  const directory = createAgentDirectory(store, (work) => {
    turns += 1
    return afterThisTurn(work)
  })
  expect((await directory.all('acme')).size).toBe(AGENTS)
  expect(turns).toBeGreaterThanOrEqual(Math.floor(AGENTS / 100))
})

it('[AG7] what is committed while they are read is not overwritten by what was read before', async () => {
  let changed = false
  const directory = createAgentDirectory(store, (work) => {
    // an agent of the page that was just read, and one that is still to come
    if (!changed)
      for (const n of [0, 99])
        directory.update({ tenant: 'acme', id: `worker-${n}` }, { ...agent(n), name: 'new' }, 2, 1)
    changed = true
    return afterThisTurn(work)
  })
  const all = await directory.all('acme')
  expect([all.get('worker-0')?.name, all.get('worker-99')?.name]).toEqual(['new', 'new'])
})

describe('of what another node has changed', () => {
  const key = { tenant: 'acme', id: 'worker-1' }
  const named = (name: string): AgentDocument => ({ ...agent(1), name })
  let reads: number
  let directory: AgentDirectory
  beforeEach(async () => {
    reads = 0
    const load: Store['load'] = async (...args) => {
      reads += 1
      return store.load(...args)
    }
    directory = createAgentDirectory(Object.assign(Object.create(store) as Store, { load }))
    await directory.all('acme')
  })
  const nameShown = async () => (await directory.all('acme')).get(key.id)?.name
  const unread = async () => (await directory.quota(key)).unread

  it('[AP14] a later commit of this node has met it: nothing is left to read, whichever it hears of first', async () => {
    directory.changed(key, 7, true)
    directory.update(key, named('mine'), 3, 8)
    expect([await unread(), await nameShown(), reads]).toEqual([0, 'mine', 0])
    // the feed is behind what was committed here
    directory.changed(key, 6, true)
    expect([await unread(), await nameShown(), reads]).toEqual([0, 'mine', 0])
    await directory.family(key)
    expect(reads).toBe(0)
  })

  it('[AP14] what came after this node’s last commit is read, whichever it hears of first', async () => {
    await write(named('theirs'), 1)
    directory.update(key, named('mine'), 1, 5)
    directory.changed(key, 6, false)
    expect([await unread(), await nameShown(), reads]).toEqual([1, 'theirs', 1])
    await write(named('theirs again'), 2)
    directory.changed(key, 9, false)
    directory.update(key, named('mine'), 2, 8)
    expect([await unread(), await nameShown(), reads]).toEqual([1, 'theirs again', 2])
  })
})

describe('where documents cannot be read', () => {
  const foreign = { ...agent(7), schema: 2 } as unknown as AgentDocument
  const key = { tenant: 'acme', id: 'worker-1' }

  it('[AP14] nothing is counted of a tenant that is being read', async () => {
    await write({ ...agent(340), approvals: [{ id: 'a' } as never] }, 1)
    let asked: ReturnType<AgentDirectory['quota']> | undefined
    const directory = createAgentDirectory(store, (work) => {
      asked ??= directory.quota(key)
      return afterThisTurn(work)
    })
    await directory.all('acme')
    expect(await asked).toMatchObject({ quota: { total: 1, own: 0, sharers: 2 } })
  })

  it('[AP14] nothing is counted at all, and each who asks has only those read again', async () => {
    await write(foreign, 1)
    let pages = 0
    let reads = 0
    const counting = Object.assign(Object.create(store) as Store, {
      listDocuments: async (...args: Parameters<Store['listDocuments']>) => {
        pages += 1
        return store.listDocuments(...args)
      },
      load: async (...args: Parameters<Store['load']>) => {
        reads += 1
        return store.load(...args)
      },
    })
    const directory = createAgentDirectory(counting)
    for (let again = 0; again < 3; again++) {
      await expect(directory.quota(key)).rejects.toThrow()
      await expect(directory.all('acme')).rejects.toThrow()
    }
    expect(pages).toBe(Math.ceil((AGENTS + 1) / 100))
    expect(reads).toBeLessThanOrEqual(6)
    expect((await directory.readable('acme')).entries.size).toBe(AGENTS - 1)
    await write(agent(7), 2)
    expect((await directory.all('acme')).size).toBe(AGENTS)
  })

  it('[AP14] an older one that is heard of late does not take their place', async () => {
    await write(foreign, 1)
    const directory = createAgentDirectory(store)
    await expect(directory.all('acme')).rejects.toThrow()
    directory.update({ tenant: 'acme', id: foreign.id }, agent(7), 1, 5)
    await expect(directory.all('acme')).rejects.toThrow()
  })
})
