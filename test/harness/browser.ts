import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { needProgram } from './need-program.ts'

/** Debian's Chromium, told to speak to nobody but the page's own server. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
]

/** One Chromium, shared by the tests of a file; each person gets a context of their own. */
export interface Browser extends AsyncDisposable {
  /** A page of its own: no cookie or storage is shared with another. */
  open(options?: Looks): Promise<Visit>
}

export interface Looks {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  readonly phone?: boolean
}

/** A page, with everything about it that must never happen. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Console errors, uncaught errors, breaches of the content security policy, and requests to another host. */
  readonly faults: readonly string[]
}

export async function launchBrowser(): Promise<Browser> {
  needProgram('chromium')
  const profile = await mkdtemp(join(tmpdir(), 'holdpoint-chromium-'))
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...FLAGS, `--crash-dumps-dir=${profile}`],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  })
  return {
    async open({ width = 1280, height = 800, theme = 'light', phone = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        // a colour on its way to another is measured as neither
        reducedMotion: 'reduce',
        ...(phone && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
      })
      // sooner than the test's own time runs out: a failure then names what it waited for
      context.setDefaultTimeout(15_000)
      const page = await context.newPage()
      const faults: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`console: ${message.text()}`)
      })
      page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
      let host: string | undefined
      context.on('request', (request) => {
        const url = new URL(request.url())
        if (url.protocol === 'data:' || url.protocol === 'blob:') return
        host ??= url.hostname
        if (url.hostname !== host) faults.push(`asked ${url.host}`)
      })
      return { page, context, faults, [Symbol.asyncDispose]: () => context.close() }
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
