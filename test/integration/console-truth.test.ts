import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

/** One server for all of them; each has a tenant of its own. */
let browser: Browser
let cp: Harness
beforeAll(async () => {
  browser = await launchBrowser()
  cp = await controlPlane()
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await cp[Symbol.asyncDispose]()
})

describe('more than fits into one message', () => {
  it('[PR4] all that waits is loaded and counted, what is decided meanwhile left out', async () => {
    const who = { tenant: 'many' }
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
    const summary = 'x'.repeat(2_000)
    const asked = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const agent = await startAgent(await cp.agentSocket({ subject: `agent-${at}`, ...who }))
        const all = []
        for (let n = 0; n < 20; n++) all.push(await agent.ask('send_email', { n }, { summary }))
        return all.map(({ approval }) => approval)
      }),
    )
    const all = asked.flat()
    const { snapshot } = await root.must('sync', {})
    expect(snapshot.approvals.length).toBeLessThan(all.length)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const mine = page.getByRole('button', { name: /^Mine/ })
    await mine.getByText(String(all.length), { exact: true }).waitFor()
    await page.getByText('more that wait').waitFor({ state: 'detached' })
    // the last of them is there to be decided, and leaves when somebody else does
    const last = all.at(-1)
    const list = page.locator('.queue-list .virtual')
    await list.evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await page.locator(`.row[data-id="${last.id}"]`).waitFor()
    await root.must('approval.deny', { key: freshKey(), ...shown(last), reason: 'no' })
    await mine.getByText(String(all.length - 1), { exact: true }).waitFor()
    expect(visit.faults).toEqual([])
  })
})
