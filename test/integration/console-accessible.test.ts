import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { agentRow, readAll, row, signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { startAgent } from '../harness/raw-agent.ts'

let browser: Browser
let cp: Harness
beforeAll(async () => {
  browser = await launchBrowser()
  cp = await controlPlane()
  const bot = await startAgent(
    await cp.agentSocket({ subject: 'invoice-bot', owner: 'bo', labels: { team: 'books' } }),
  )
  await bot.ask(
    'send_email',
    { to: 'a\u202Eb@example.org', text: 'р\u0430y' },
    { summary: 'A letter', risk: 0.9 },
  )
  await bot.ask('payment', { to: 'DE89', amount: '12.00' }, { confidence: 0.4 })
  await bot.send('question.ask', { question: 'Which one?', choices: ['this', 'that'], blocking: false })
  await bot.send('escalation.raise', { reason: 'user_request', context: { why: 'a large sum' } })
  const boss = await cp.operatorSocket({ subject: 'boss', role: 'admin' })
  await boss.must('person.add', { key: 'person-ana', id: 'ana', role: 'admin' })
  await boss.must('agent.pause', { key: 'order-1', target: { labels: 'team=none' }, reason: 'for the page' })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await cp[Symbol.asyncDispose]()
})

/** What axe finds, in both themes, short enough to read in a failure; but for colours the themes are alike. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const look = (options: object) =>
    page.evaluate(async (given) => {
      // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window, without types
      const { violations } = await (window as any).axe.run(document, given)
      return violations.flatMap(
        ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
          nodes.map(
            ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`,
          ),
      ) as readonly string[]
    }, options)
  const light = await look({})
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await look({ runOnly: ['color-contrast'] })
  await page.evaluate(() => {
    document.documentElement.dataset.theme = 'contrast'
  })
  const contrast = await look({ runOnly: ['color-contrast'] })
  await page.evaluate(() => {
    delete document.documentElement.dataset.theme
  })
  await page.emulateMedia({ colorScheme: 'light' })
  return [...light, ...dark, ...contrast]
}

describe('axe finds nothing, light, dark and in high contrast', () => {
  it('on every page', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await page.goto(cp.url)
    await page.getByLabel('Your name').waitFor()
    expect(await findings(page), 'sign-in').toEqual([])
    await signIn(page, cp, { role: 'admin' })
    await row(page, 'send_email').waitFor()
    expect(await findings(page), 'queue').toEqual([])
    await row(page, 'send_email').locator('.row-main').click()
    await readAll(page)
    await page.locator('button.approve:enabled').click()
    await page.getByLabel('to release it').waitFor()
    expect(await findings(page), 'card, approving').toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.locator('.fields').waitFor()
    expect(await findings(page), 'card, editing').toEqual([])
    await row(page, 'question').locator('.row-main').click()
    await page.getByRole('form', { name: 'Answer' }).waitFor()
    expect(await findings(page), 'question').toEqual([])
    await page.getByRole('link', { name: /^Agents/ }).click()
    await agentRow(page, 'invoice-bot').waitFor()
    expect(await findings(page), 'agents').toEqual([])
    await agentRow(page, 'invoice-bot').getByRole('link').click()
    await page.locator('.events li').first().waitFor()
    await page.getByRole('button', { name: 'Release in advance …' }).click()
    expect(await findings(page), 'agent').toEqual([])
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await page.locator('.row', { hasText: 'user request' }).locator('.row-main').click()
    await page.getByRole('form', { name: 'Resolve' }).waitFor()
    expect(await findings(page), 'ticket').toEqual([])
    await page.getByRole('link', { name: 'History' }).click()
    await page.locator('.events li').first().waitFor()
    expect(await findings(page), 'history').toEqual([])
    await page.locator('.event-time').first().click()
    await page.locator('.json').waitFor()
    expect(await findings(page), 'one fact').toEqual([])
    await page.getByRole('link', { name: 'Insight' }).click()
    await page.locator('main[aria-busy="false"]').waitFor()
    expect(await findings(page), 'insight').toEqual([])
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    expect(await findings(page), 'help').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Stop all' }).click()
    await page.getByRole('heading', { name: 'Stop every agent' }).waitFor()
    expect(await findings(page), 'stop all').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('form', { name: 'Second factor' }).getByRole('button', { name: 'Enrol one' }).click()
    await page.locator('.codes li').first().waitFor()
    expect(await findings(page), 'settings').toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('invoice')
    await page.getByRole('option').first().waitFor()
    expect(await findings(page), 'palette').toEqual([])
  })

  it('on every form, and where a link is opened', async () => {
    await using visit = await browser.open()
    const { page } = visit
    const boss = await cp.operatorSocket({ subject: 'boss', role: 'admin' })
    await boss.must('person.add', { key: 'person-1', id: 'lena', role: 'viewer' })
    const { link } = await boss.must('person.link', { key: 'link-1', id: 'lena' })
    await page.goto(`${cp.url}/#link=${encodeURIComponent(String(link))}`)
    await page.getByRole('button', { name: 'Sign in as lena' }).waitFor()
    expect(await findings(page), 'link').toEqual([])
    await page.getByRole('button', { name: 'Sign in another way' }).click()
    await signIn(page, cp, { role: 'admin' })
    await row(page, 'send_email').locator('.row-main').click()
    await readAll(page)
    for (const [key, form] of [
      ['d', 'Deny'],
      ['r', 'Send'],
    ] as const) {
      await page.keyboard.press(key)
      await page.getByRole('form', { name: form }).waitFor()
      expect(await findings(page), form).toEqual([])
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('x')
    await page.getByLabel('Filter').fill('bot')
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByLabel('Name of this view').fill('bots')
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Kept views' }).waitFor()
    await row(page, 'send_email').getByRole('checkbox').check()
    await page.getByRole('form', { name: 'Selected' }).waitFor()
    expect(await findings(page), 'several selected').toEqual([])
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByRole('toolbar').getByRole('button', { name: 'Pause …' }).click()
    await page.getByRole('form', { name: 'pause every agent' }).waitFor()
    expect(await findings(page), 'intervening').toEqual([])
  })

  it('on a phone', async () => {
    await using visit = await browser.open({ width: 390, height: 780, phone: true })
    const { page } = visit
    await signIn(page, cp, { role: 'admin' })
    await row(page, 'send_email').waitFor()
    expect(await findings(page), 'queue').toEqual([])
    await row(page, 'send_email').locator('.row-main').tap()
    await readAll(page)
    expect(await findings(page), 'card').toEqual([])
    await page.locator('button.deny').tap()
    await page.getByRole('form', { name: 'Deny' }).waitFor()
    expect(await findings(page), 'denying').toEqual([])
    await page.goto(`${cp.url}/#/agents`)
    await agentRow(page, 'invoice-bot').waitFor()
    expect(await findings(page), 'agents').toEqual([])
  })
})
