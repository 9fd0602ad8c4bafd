import { afterAll, beforeAll } from 'vitest'
import { type Browser, launchBrowser } from './browser.ts'
import { controlPlane, type Harness, type HarnessOptions } from './control-plane.ts'

/**
 * One Chromium and one server for all tests of a file, each of which takes a tenant of its own. To be called at the top of
 * the file; what it returns is filled in before the first test.
 */
export function browserAndServer(options: HarnessOptions = {}): {
  readonly browser: Browser
  readonly cp: Harness
} {
  const both = { browser: {} as Browser, cp: {} as Harness }
  beforeAll(async () => {
    become(both.browser, await launchBrowser())
    become(both.cp, await controlPlane(options))
  })
  afterAll(async () => {
    await both.browser[Symbol.asyncDispose]?.()
    await both.cp[Symbol.asyncDispose]?.()
  })
  return both
}

/** With the getters: where a server answers changes with its restart. */
const become = <T extends object>(empty: T, whole: T): T =>
  Object.defineProperties(empty, Object.getOwnPropertyDescriptors(whole))
