/**
 * Takes the pictures of the web console that the pages show, of a real server with real agents, into docs/images/.
 * `npm run screenshots`, after a build.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { type Looks, launchBrowser } from '../harness/browser.ts'
import { openLine, readAll, signIn } from '../harness/console-page.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { setScene } from './scene.ts'

const FOLDER = fileURLToPath(new URL('../../../docs/images/', import.meta.url))

/** Changes one field in the form that the schema makes. */
async function edit(page: Page): Promise<void> {
  await readAll(page)
  await page.locator('button.edit:enabled').click()
  await page.getByLabel('Subject').fill('Your refund for order 7731')
}

/** As a system asks for it. */
async function askForContrast(page: Page): Promise<void> {
  await page.emulateMedia({ contrast: 'more' })
}

const PICTURES: readonly (readonly [
  name: string,
  page: string,
  looks: Looks,
  open?: string,
  then?: (page: Page) => Promise<void>,
])[] = [
  ['console-queue', '#/queue', { theme: 'light' }, 'payment'],
  ['console-queue-dark', '#/queue', { theme: 'dark' }, 'send_email'],
  ['console-queue-contrast', '#/queue', { theme: 'dark' }, 'payment', askForContrast],
  ['console-edit', '#/queue', { theme: 'light' }, 'refund is on', edit],
  ['console-agents', '#/agents', { theme: 'light' }],
  ['console-agent-dark', '#/agents/release-agent', { theme: 'dark' }],
  ['console-tickets', '#/tickets', { theme: 'light' }, 'Vendor B'],
  ['console-history-dark', '#/history', { theme: 'dark' }],
  ['console-insight', '#/insight', { theme: 'light' }],
  ['console-phone', '#/queue', { theme: 'light', phone: true, width: 390, height: 800 }, 'send_email'],
  ['console-phone-list', '#/queue', { theme: 'dark', phone: true, width: 390, height: 800 }],
]

await mkdir(FOLDER, { recursive: true })
await using cp = await controlPlane()
await setScene(cp)
await using browser = await launchBrowser()
for (const [name, place, looks, open, then] of PICTURES) {
  await using visit = await browser.open(looks)
  const { page } = visit
  await signIn(page, cp, { role: 'admin' })
  await page.goto(`${cp.url}/${place}`)
  await page.locator('.row, .agent-row, .events li, .insight[aria-busy="false"]').first().waitFor()
  if (place === '#/queue') await page.locator('.row-arg').nth(4).waitFor()
  if (open !== undefined) {
    await openLine(page.locator('.row', { hasText: open }).first())
    await page.locator('.digest, .answer').first().waitFor()
  }
  await then?.(page)
  // fonts, and what is counted as seen, are there by the second frame
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  })
  await page.screenshot({ path: `${FOLDER}${name}.png` })
  console.log(`${name}.png`)
}
