import { SECOND } from '@holdpoint/shared'
import { afterEach, expect, it, vi } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { createReconnects } from './reconnects.ts'

const agent = (id: string) => ({ tenant: 'default', id })

/** What is done with the maps that are made from here on: each access, and each step over one. */
function watchedMaps() {
  const watched = { accesses: 0, entries: () => made.reduce((sum, { size }) => sum + size, 0) }
  const made: ReadonlyMap<unknown, unknown>[] = []
  class WatchedMap<K, V> extends Map<K, V> {
    constructor() {
      super()
      // what else runs in this process makes some as well: a report of another file's failure, for one
      if (new Error().stack?.includes('/reconnects.ts')) made.push(this)
    }
    override get(key: K) {
      watched.accesses += 1
      return super.get(key)
    }
    override set(key: K, value: V) {
      watched.accesses += 1
      return super.set(key, value)
    }
    override delete(key: K) {
      watched.accesses += 1
      return super.delete(key)
    }
    override *[Symbol.iterator]() {
      for (const entry of super.entries()) {
        watched.accesses += 1
        yield entry
      }
      return undefined
    }
  }
  vi.stubGlobal('Map', WatchedMap)
  return watched
}
afterEach(() => void vi.unstubAllGlobals())

it('[ES4] is quiet for one lease after a reconnect, and not again for three, also behind one with a longer lease', async () => {
  const clock = manualClock()
  const reconnects = createReconnects(clock)
  reconnects.note(agent('slow'), 60 * SECOND)
  const quick = agent('quick')
  const comes = () => {
    reconnects.note(quick, SECOND)
    return reconnects.isQuiet(quick)
  }
  expect([comes(), reconnects.isQuiet(agent('other'))]).toEqual([true, false])
  await clock.advance(SECOND)
  expect(comes()).toBe(false)
  await clock.advance(3 * SECOND - 1)
  expect(comes()).toBe(false)
  await clock.advance(1)
  expect(comes()).toBe(true)
  expect(reconnects.isQuiet(agent('slow'))).toBe(true)
})

it.each([
  ['are quiet', 0],
  ['rest', 2 * SECOND],
  ['rest no more', 4 * SECOND],
] as const)('costs the same however many came back at once, while they %s', async (_, sinceMs) => {
  const maps = watchedMaps()
  const costBehind = async (crowd: number): Promise<number> => {
    const clock = manualClock()
    const reconnects = createReconnects(clock)
    for (let n = 0; n < crowd; n++) reconnects.note(agent(`one-${n}`), SECOND)
    await clock.advance(sinceMs)
    const before = maps.accesses
    reconnects.note(agent('next'), SECOND)
    reconnects.isQuiet(agent('next'))
    return maps.accesses - before
  }
  const few = await costBehind(10)
  expect(few).toBeGreaterThan(0)
  expect(await costBehind(10_000)).toBe(few)
})

it('forgets who rests no more, whoever came before them and rests longer', async () => {
  const maps = watchedMaps()
  const clock = manualClock()
  const reconnects = createReconnects(clock)
  reconnects.note(agent('slow'), 3_600 * SECOND)
  let most = 0
  for (let n = 0; n < 1_000; n++) {
    for (let m = 0; m < 10; m++) reconnects.note(agent(`one-${n}-${m}`), SECOND)
    await clock.advance(SECOND)
    most = Math.max(most, maps.entries())
  }
  // forty rest at a time, and as many wait to be looked at
  expect(most).toBeGreaterThan(40)
  expect(most).toBeLessThan(200)
})
