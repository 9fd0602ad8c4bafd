import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { agentRow, openLine, pressKey, row, signIn } from '../harness/console-page.ts'
import { startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()

/** Sizes of the page's files as the browser gets them. Unit: KiB, compressed. */
async function sizes(): Promise<{ readonly first: number; readonly all: number; readonly later: number }> {
  const known = new Map<string, number>()
  const load = async (path: string): Promise<string> => {
    const answer = await fetch(`${cp.url}${path}`, { headers: { 'accept-encoding': 'identity' } })
    expect(answer.status, path).toBe(200)
    const bytes = Buffer.from(await answer.arrayBuffer())
    // woff2 is compressed already
    known.set(path, path.endsWith('.woff2') ? bytes.length : gzipSync(bytes, { level: 9 }).length)
    return bytes.toString()
  }
  const sum = () => [...known.values()].reduce((all, size) => all + size, 0) / 1_024
  const named = (text: string, from: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, one = '']) => new URL(one, `${cp.url}${from}`).pathname)

  const html = await load('/')
  const scripts: [path: string, text: string][] = []
  for (const path of named(html, '/', /(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const text = await load(path)
    if (path.endsWith('.js')) scripts.push([path, text])
    else for (const font of named(text, path, /url\(["']?([^"')]+\.woff2)/g)) await load(font)
  }
  expect([...known.keys()].filter((path) => path.endsWith('.woff2'))).toHaveLength(2)
  const first = sum()
  const ahead = known.size
  for (let script = scripts.shift(); script; script = scripts.shift())
    for (const path of named(
      script[1],
      script[0],
      /(?:import\(|from|import)\s*["'`](\.{0,2}\/[\w./-]+\.js)/g,
    ))
      if (!known.has(path)) scripts.push([path, await load(path)])
  return { first, all: sum(), later: known.size - ahead }
}

describe('what the browser loads', () => {
  it('is under 100 KB compressed before the queue is there, and under 120 KB in all, with both fonts', async () => {
    const { first, all, later } = await sizes()
    console.log(`the web console: ${first.toFixed(1)} KB compressed at first, ${all.toFixed(1)} KB in all`)
    expect(first).toBeGreaterThan(20)
    expect(first).toBeLessThan(100)
    expect(later).toBeGreaterThan(0)
    expect(all).toBeLessThan(120)
  })

  it('comes whole while the server is there: what is opened for the first time an hour later needs it no more', async () => {
    const who = { tenant: 'whole' }
    await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    await using visit = await browser.open()
    const { page } = visit
    const rest = page.waitForResponse(/assets\/rest-/)
    await signIn(page, cp, who)
    await (await rest).finished()
    await page.route(/\/assets\//, (route) => route.abort())
    await page.getByRole('link', { name: 'Agents' }).click()
    await agentRow(page, 'mailer').waitFor()
    // drawn in the very turn in which it is asked for: nothing flickers
    const drawn = await page.evaluate(async () => {
      location.hash = '#/insight'
      await new Promise((done) => addEventListener('hashchange', done, { once: true }))
      await new Promise((done) => requestAnimationFrame(done))
      return document.querySelector('main')?.className
    })
    expect(drawn).toBe('insight')
    expect(visit.faults).toEqual([])
  })

  it('that did not come is said so where it belongs, and what waits is decided all the same', async () => {
    const who = { tenant: 'broken' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    await agent.ask('send_email', { to: 'ana@example.org' }, { blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await page.route(/assets\/rest-/, (route) => route.abort())
    await signIn(page, cp, who)
    await page.getByRole('link', { name: 'Agents' }).click()
    await page.getByRole('main').getByText('could not be loaded').waitFor()
    await page.getByRole('button', { name: 'Reload the page' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('could not be loaded').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^Queue/ }).click()
    await openLine(row(page, 'send_email'))
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'e')
    await page.locator('.decide').getByText('could not be loaded').waitFor()
    await page.keyboard.press('Escape')
    await pressKey(page, 'a')
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    // stopping everything is among what comes first
    await page.getByRole('button', { name: 'Stop all' }).click()
    await page.getByRole('dialog', { name: 'Stop every agent' }).waitFor()
  })
})
