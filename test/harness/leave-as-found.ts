/** Of every file that shares its process with others: what it put otherwise is no matter of the next one's. */
import { afterAll, expect, vi } from 'vitest'

afterAll(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  // What the console knows is held by its modules.
  if (expect.getState().testPath?.includes('/console/src/')) vi.resetModules()
})
