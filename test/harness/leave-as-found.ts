/** Of every file that shares its process with others: what it put otherwise is no matter of the next one's. */
import { afterAll, expect, vi } from 'vitest'

const found = clock()

afterAll(() => {
  // Else the runner would restore it before the next file's first test, and with it what was there when it was set up.
  vi.restoreAllMocks()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  // What the console knows is held by its modules.
  if (expect.getState().testPath?.includes('/console/src/')) vi.resetModules()
  const left = clock()
  Object.assign(globalThis, found)
  // Whoever waits in the next file would wait for ever on a clock that nobody advances any more.
  expect(left, 'This file leaves another clock than it found.').toEqual(found)
})

function clock() {
  const { setTimeout, setInterval, setImmediate, Date: date } = globalThis
  return { setTimeout, setInterval, setImmediate, Date: date }
}
