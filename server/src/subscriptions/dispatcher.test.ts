import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Push } from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { NewEvent, Store, StoredEvent } from '../store/store.ts'
import { type Dispatcher, startDispatcher } from './dispatcher.ts'

let folder: string
let clock: ManualClock
let store: Store
let dispatcher: Dispatcher
let fed: { tenant: string; seqs: number[] }[]
let pushed: Push[]
let heldBack: number
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dispatcher-'))
  clock = manualClock()
  store = await openEmbeddedStore({ folder, clock })
  fed = []
  pushed = []
  heldBack = 0
  dispatcher = await start()
})
afterEach(async () => {
  await dispatcher.stop()
  await store.close()
  rmSync(folder, { recursive: true })
})

const start = (on = store) =>
  startDispatcher({
    store: on,
    clock,
    log: { error: () => {} },
    sinks: {
      wantsPush: (_, seq) => seq > Math.max(heldBack, pushed.at(-1)?.seq ?? 0),
      push: (_, push) => void pushed.push(push),
      feed: (tenant, _, events) => void fed.push({ tenant, seqs: events.map(({ seq }) => seq) }),
    },
  })

const versions = new Map<string, number>()
async function commit(
  tenant: string,
  events: readonly NewEvent[],
  version = versions.get(folder + tenant) ?? 0,
) {
  const result = await store.commit({
    ref: { tenant, kind: 'agent', id: 'worker' },
    expectedVersion: version,
    at: store.now(),
    doc: {},
    events,
  })
  if (result.status !== 'committed') throw new Error(result.status)
  versions.set(folder + tenant, result.version)
  return result.events
}
const fact = (n: number, push?: number): NewEvent => ({
  type: 'agent.paused',
  agent: 'worker',
  data: { n },
  ...(push !== undefined && { push: { seq: push, state: 'paused' } }),
})
const seqs = (tenant: string) => fed.flatMap((frame) => (frame.tenant === tenant ? frame.seqs : []))

it('[PR4] hands on every event of every tenant once, in order, whether or not it was brought along', async () => {
  for (let n = 0; n < 30; n++) {
    const events = await commit(n % 2 ? 'a' : 'b', [fact(n), fact(n)])
    if (n % 3) dispatcher.publish(events)
  }
  await clock.advance(0)
  expect(seqs('a')).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
  expect(seqs('b')).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
  expect(dispatcher.lag()).toBe(0)
})

it('one turn is one frame', async () => {
  const all: (readonly StoredEvent[])[] = []
  for (let n = 0; n < 5; n++) {
    all.push(await commit('a', [fact(n)]))
    if (n === 0) fed.length = 0
  }
  await clock.advance(0)
  const before = fed.length
  await commit('a', [fact(9), fact(10), fact(11)])
  await clock.advance(0)
  expect(fed.slice(before)).toEqual([{ tenant: 'a', seqs: [6, 7, 8] }])
  expect(all).toHaveLength(5)
})

const large = (n: number): NewEvent => ({ type: 'agent.paused', data: { n, text: 'é'.repeat(30_000) } })

it('[ID4] what one turn committed comes in frames of bounded size, offered or read', async () => {
  const events = await commit(
    'a',
    Array.from({ length: 60 }, (_, n) => large(n)),
  )
  dispatcher.publish(events.slice(0, 30))
  await clock.advance(0)
  expect(seqs('a')).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
  for (const frame of fed) expect(frame.seqs.length).toBeLessThanOrEqual(8)
})

it('[ID4] a flood in one tenant holds up no other', async () => {
  const flood = Array.from({ length: 300 }, (_, n) => fact(n))
  await Promise.all([commit('a', flood), commit('b', [fact(1)])])
  await clock.advance(0)
  expect(fed.findIndex(({ tenant }) => tenant === 'b')).toBeLessThan(2)
  expect(seqs('a')).toHaveLength(300)
})

it('[PR4] tells an agent at once, before the turn ends, and not again', async () => {
  const events = await commit('a', [fact(1, 1)])
  dispatcher.publish(events)
  expect(pushed).toMatchObject([{ seq: 1, state: 'paused', items: [] }])
  await clock.advance(0)
  expect(pushed).toHaveLength(1)
})

it('[PR4] tells an agent what another writer committed', async () => {
  await commit('a', [fact(1, 1), fact(2, 2)])
  await clock.advance(0)
  expect(pushed.map(({ seq }) => seq)).toEqual([1, 2])
})

it('[PR4] begins where the log ended when it started', async () => {
  await commit('a', [fact(1)])
  await dispatcher.stop()
  fed = []
  dispatcher = await start()
  await commit('a', [fact(2)])
  await clock.advance(0)
  expect(seqs('a')).toEqual([2])
})

it('[PR4] a failed read delays the feed and loses nothing', async () => {
  await dispatcher.stop()
  let failing = true
  const flaky: Store = Object.assign(Object.create(store) as Store, {
    readFeed: async (...args: Parameters<Store['readFeed']>) => {
      if (failing) throw new Error('gone')
      return store.readFeed(...args)
    },
  })
  dispatcher = await start(flaky)
  await commit('a', [fact(1), fact(2)])
  await clock.advance(0)
  expect(dispatcher.lag()).toBe(2)
  failing = false
  await clock.advance(1_000)
  expect(seqs('a')).toEqual([1, 2])
})

describe('what another node brings along', () => {
  let reads: number
  /** A node that does not hear what this process commits: as if another one did. */
  const startElsewhere = async () => {
    await dispatcher.stop()
    reads = 0
    const deaf: Store = Object.assign(Object.create(store) as Store, {
      onCommitted: () => () => {},
      readFeed: async (...args: Parameters<Store['readFeed']>) => {
        reads += 1
        return store.readFeed(...args)
      },
    })
    dispatcher = await start(deaf)
  }
  const hint = (events: readonly StoredEvent[]) => {
    dispatcher.offered('a/0', events)
    dispatcher.reached('a/0', events.at(-1)?.seq ?? 0)
  }

  it('[PR4] is handed on without a read where it is the very next, by its number and its hash', async () => {
    await startElsewhere()
    const events = await commit('a', [fact(1, 1), fact(2, 2)])
    hint(events)
    await clock.advance(0)
    expect([seqs('a'), pushed.map(({ seq }) => seq), reads]).toEqual([[1, 2], [1, 2], 0])
  })

  it('[PR4] is not believed where it is not: the log is read', async () => {
    await startElsewhere()
    const events = await commit('a', [fact(1, 1), fact(2, 2)])
    // another history, in which something else came first
    hint(events.map((event) => ({ ...event, data: { n: 7 }, push: { seq: event.seq, state: 'running' } })))
    await clock.advance(0)
    expect([seqs('a'), pushed.map(({ state }) => state)]).toEqual([
      [1, 2],
      ['paused', 'paused'],
    ])
    expect(reads).toBeGreaterThan(0)
  })

  it('[PR4] waits for what is missing before it', async () => {
    await startElsewhere()
    await commit('a', [fact(1)])
    hint(await commit('a', [fact(2)]))
    await clock.advance(0)
    expect([seqs('a'), reads]).toEqual([[1, 2], 1])
  })

  it('[PR4] a hint of what is not there is forgotten', async () => {
    await startElsewhere()
    dispatcher.reached('a/0', 9)
    await clock.advance(0)
    expect([seqs('a'), reads, dispatcher.lag()]).toEqual([[], 1, 0])
  })

  it('[PR4] garbage is no event', async () => {
    await startElsewhere()
    const [event] = await commit('a', [fact(1)])
    hint([{ ...(event as StoredEvent), data: { text: '\ud800' } }])
    await clock.advance(0)
    expect(seqs('a')).toEqual([1])
  })
})
