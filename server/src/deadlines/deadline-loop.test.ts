import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAY } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { DueDeadline } from '../store/store.ts'
import { startDeadlineLoop } from './deadline-loop.ts'
import { type NotingStore, notingStore } from './noting-store.ts'

let folder: string
let clock: ManualClock
let store: NotingStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deadlines-'))
  clock = manualClock()
  store = notingStore(await openEmbeddedStore({ folder, clock }))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const errors: object[] = []
const log = { error: (fields: object) => void errors.push(fields) }
const refOf = (id: string) => ({ tenant: 'default', kind: 'agent', id }) as const

const set = (id: string, name: string, dueAt: number) =>
  store.commit({
    ref: refOf(id),
    expectedVersion: 0,
    at: store.now(),
    doc: {},
    events: [],
    deadlines: { set: [{ name, dueAt }] },
  })

const clear = async ({ ref, name }: DueDeadline) => {
  const { version } = await store.load(ref)
  await store.commit({
    ref,
    expectedVersion: version,
    at: store.now(),
    doc: {},
    events: [],
    deadlines: { clear: [name] },
  })
}

it('[PR5] fires at its ms, never before, once; also when it was set while the loop slept', async () => {
  const fired: [string, number][] = []
  const start = clock.now()
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async (due) => {
      fired.push([due.name, clock.now() - start])
      await clear(due)
    },
  })
  await set('a', 'late', start + 2 * DAY)
  await clock.advance(0)
  await set('b', 'early', start + 500)
  await clock.advance(499)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect(fired).toEqual([['early', 500]])
  await clock.advance(2 * DAY)
  expect(fired).toEqual([
    ['early', 500],
    ['late', 2 * DAY],
  ])
  await loop.stop()
})

it('[PR5] [PR8] a wall clock that jumps while the loop sleeps: ahead, it fires within 5 s; back, it fires in time', async () => {
  const fired: string[] = []
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async (due) => {
      fired.push(due.name)
      await clear(due)
    },
  })
  await set('a', 'first', clock.now() + DAY)
  await clock.advance(0)
  clock.jump(2 * DAY)
  await clock.advance(5_000)
  expect(fired).toEqual(['first'])
  clock.jump(-2 * DAY)
  await set('b', 'second', store.now() + 60_000)
  await clock.advance(59_999)
  expect(fired).toEqual(['first'])
  await clock.advance(1)
  expect(fired).toEqual(['first', 'second'])
  await loop.stop()
})

it('[ST6] what failed comes back when its claim has run out', async () => {
  let attempts = 0
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async (due) => {
      attempts += 1
      if (attempts === 1) throw new Error('not this time')
      await clear(due)
    },
  })
  await set('a', 'once', clock.now() + 100)
  await clock.advance(100)
  expect(attempts).toBe(1)
  await clock.advance(9_999)
  expect(attempts).toBe(1)
  await clock.advance(1)
  expect(attempts).toBe(2)
  expect(await store.nextDeadlineAt()).toBeUndefined()
  await loop.stop()
})

it('[PR5] one that is stuck holds up nobody else’s, and is not carried out twice at once', async () => {
  const fired: string[] = []
  let release: () => void = () => {}
  const stuck = new Promise<void>((resolve) => {
    release = resolve
  })
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async (due) => {
      fired.push(due.name)
      if (due.name === 'stuck') await stuck
      await clear(due)
    },
  })
  const start = clock.now()
  await set('a', 'stuck', start + 100)
  await set('b', 'soon', start + 200)
  await set('c', 'later', start + 60_000)
  await clock.advance(100)
  expect(fired).toEqual(['stuck'])
  await clock.advance(400)
  expect(fired).toEqual(['stuck', 'soon'])
  await clock.advance(60_000)
  expect(fired).toEqual(['stuck', 'soon', 'later'])
  release()
  await loop.stop()
  expect(await store.nextDeadlineAt()).toBeUndefined()
})

it('[PR5] of many that fall due together only as many are begun in one turn as leave the event loop free', async () => {
  let spentMs = 0
  const begun: number[] = []
  const measured = { ...clock, monotonicMs: () => clock.monotonicMs() + spentMs }
  const inTurns = async (eachMs: number): Promise<readonly number[]> => {
    begun.length = 0
    let inTurn = 0
    const loop = startDeadlineLoop({
      store,
      clock: measured,
      log,
      submit: async (due) => {
        spentMs += eachMs
        inTurn += 1
        if (inTurn === 1)
          setImmediate(() => {
            begun.push(inTurn)
            inTurn = 0
          })
        await clear(due)
      },
    })
    for (let n = 0; n < 200; n++) await set(`${eachMs} ${n}`, 'x', clock.now() + 100)
    await clock.advance(100)
    while ((await store.nextDeadlineAt()) !== undefined) await clock.advance(0)
    await loop.stop()
    return begun
  }
  const slow = await inTurns(5)
  expect(slow.reduce((sum, n) => sum + n)).toBe(200)
  expect(Math.max(...slow)).toBe(8)
  // what costs little goes on faster
  const quick = await inTurns(0.1)
  expect(quick.reduce((sum, n) => sum + n)).toBe(200)
  expect(Math.max(...quick)).toBeGreaterThan(50)
})

it('[PR5] a stopped loop fires no more', async () => {
  let fired = 0
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async () => {
      fired += 1
    },
  })
  await set('a', 'x', clock.now() + 100)
  await loop.stop()
  await clock.advance(1_000)
  expect(fired).toBe(0)
})

it('[PR5] what another node has set is seen within a second, also where that node is gone', async () => {
  const fired: string[] = []
  const loop = startDeadlineLoop({
    store,
    clock,
    log,
    submit: async (due) => {
      fired.push(due.name)
      await clear(due)
    },
  })
  await set('a', 'own', clock.now() + DAY)
  await clock.advance(0)
  // past the store that tells of it
  await (Object.getPrototypeOf(store) as NotingStore).commit({
    ref: refOf('b'),
    expectedVersion: 0,
    at: store.now(),
    doc: {},
    events: [],
    deadlines: { set: [{ name: 'theirs', dueAt: clock.now() + 300 }] },
  })
  loop.lookWithinSecond()
  await clock.advance(900)
  loop.lookWithinSecond()
  expect(fired).toEqual([])
  await clock.advance(100)
  expect(fired).toEqual(['theirs'])
  await loop.stop()
})

it('[PR5] commits that set nothing earlier cause no look at the store', async () => {
  let looks = 0
  const counted: NotingStore = Object.assign(Object.create(store), {
    nextDeadlineAt: () => {
      looks += 1
      return store.nextDeadlineAt()
    },
  })
  const loop = startDeadlineLoop({ store: counted, clock, log, submit: clear })
  await set('a', 'first', clock.now() + 100)
  await clock.advance(0)
  const before = looks
  for (const id of ['b', 'c', 'd']) await set(id, 'later', clock.now() + DAY)
  await clock.advance(99)
  expect(looks).toBe(before)
  await loop.stop()
})
