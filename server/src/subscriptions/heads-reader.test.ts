import { beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import { type Head, type Store, StoreUnavailable } from '../store/store.ts'
import { createHeadsReader, type HeadsReader } from './heads-reader.ts'

let clock: ManualClock
let heads: Head[]
let applied: Map<string, number>
let reached: string[]
let isDown: boolean
let mayBeReplaced: boolean
let said: string[]
/** How long a read of the heads takes, ms. */
let takes: number
let reader: HeadsReader

const head = (tenant: string, seq: number): Head => ({ partition: `${tenant}/0`, tenant, seq, hash: '' })

/** The store's heads, and nothing else of it. */
const store = {
  partitionOf: (tenant: string) => `${tenant}/0`,
  async heads() {
    if (isDown) throw new StoreUnavailable('down')
    const found = [...heads]
    if (takes > 0)
      await new Promise<void>((resolve) => {
        clock.after(takes, resolve)
      })
    return found
  },
  async assertCurrent() {
    if (mayBeReplaced) throw new StoreUnavailable('replaced')
  },
} as unknown as Store

beforeEach(async () => {
  clock = manualClock()
  heads = [head('acme', 5)]
  applied = new Map([['acme/0', 5]])
  reached = []
  isDown = false
  mayBeReplaced = false
  said = []
  takes = 0
  reader = createHeadsReader({
    store,
    clock,
    reached: (partition, seq) => void reached.push(`${partition} ${seq}`),
    applied: (partition) => applied.get(partition) ?? 0,
    log: {
      error: (_fields, message) => void said.push(message),
      info: (_fields, message) => void said.push(message),
    },
  })
  await reader.start()
})

it('[AG4] knowledge counts from when a read was sent, not from when its answer came', async () => {
  takes = 300
  await clock.advance(400 + 300)
  expect(reader.asOf('acme')).toBe(400)
  await reader.stop()
})

it('[AG4] what a read found counts once its events are applied, and not before', async () => {
  heads = [head('acme', 7)]
  await clock.advance(400)
  expect(reached).toEqual(['acme/0 7'])
  expect(reader.asOf('acme')).toBe(0)
  await clock.advance(400)
  reader.advanced('acme/0', 6)
  expect(reader.asOf('acme')).toBe(0)
  applied.set('acme/0', 7)
  reader.advanced('acme/0', 7)
  expect(reader.asOf('acme')).toBe(800)
  await reader.stop()
})

it('[AG4] cut off from the store, what a node knows gets old', async () => {
  isDown = true
  await clock.advance(10_000)
  expect([reader.asOf('acme'), reader.asOf('other')]).toEqual([0, 0])
  isDown = false
  await clock.advance(400)
  expect(reader.asOf('acme')).toBeGreaterThanOrEqual(10_000)
  await reader.stop()
})

it('[AG4] what may have been replaced counts for no lease, while what it says is read and applied', async () => {
  mayBeReplaced = true
  heads = [head('acme', 7)]
  await clock.advance(800)
  expect(reached).toEqual(['acme/0 7', 'acme/0 7'])
  applied.set('acme/0', 7)
  reader.advanced('acme/0', 7)
  expect([reader.asOf('acme'), reader.asOf('other')]).toEqual([0, 0])
  mayBeReplaced = false
  await clock.advance(400)
  expect([reader.asOf('acme'), reader.asOf('other')]).toEqual([1_200, 1_200])
  expect(said).toEqual([
    expect.stringContaining('may have been replaced'),
    'the heads can be read, and count, again',
  ])
  await reader.stop()
})

it('[AG4] starts on a store that may have been replaced, where people can look, and grants nothing', async () => {
  mayBeReplaced = true
  const started = createHeadsReader({
    store,
    clock,
    reached: () => {},
    applied: () => 0,
    log: { error: () => {}, info: () => {} },
  })
  await started.start()
  expect([started.asOf('acme'), started.asOf('other')]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
  await started.stop()
})

it('a tenant without an event is known to have none, until a read finds one that is not applied', async () => {
  await clock.advance(400)
  expect(reader.asOf('late')).toBe(400)
  heads = [head('acme', 5), head('late', 1)]
  await clock.advance(400)
  expect(reader.asOf('late')).toBe(400)
  reader.advanced('late/0', 1)
  expect(reader.asOf('late')).toBe(800)
  await reader.stop()
})

it('catching up waits for a read that was sent after it was asked for, and gives up after a second', async () => {
  takes = 100
  await clock.advance(450)
  let isDone = false
  const done = reader.catchUp('acme').then(() => {
    isDone = true
  })
  // the read under way was sent before
  await clock.advance(60)
  expect(isDone).toBe(false)
  await clock.advance(100)
  expect(isDone).toBe(true)
  await done
  isDown = true
  const given = reader.catchUp('acme')
  await clock.advance(1_000)
  await given
  await reader.stop()
})
