import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import {
  agentRow,
  openAgent,
  openLine,
  pressKey,
  readAll,
  row,
  selectLine,
  signIn,
} from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

const PASSWORD = 'seven wet umbrellas'

let browser: Browser
let cp: Harness
beforeAll(async () => {
  browser = await launchBrowser()
  cp = await controlPlane()
  const boss = await cp.operatorSocket({ subject: 'boss', role: 'admin' })
  for (const [id, role] of [
    ['ana', 'admin'],
    ['lena', 'viewer'],
    ['mira', 'approver'],
  ])
    await boss.must('person.add', { key: freshKey(), id, role })
  await boss.must('person.password', { key: freshKey(), id: 'mira', password: PASSWORD })
  await enrolFactor(await cp.operatorSocket({ subject: 'mira', role: 'approver' }), () => cp.clock.now())
  const bot = await startAgent(
    await cp.agentSocket({ subject: 'invoice-bot', owner: 'bo', labels: { team: 'books' } }),
    { task: 'Pay what is due' },
  )
  bot.socket.socket.emit('progress', { epoch: bot.epoch, step: 'invoice 14 of 31' })
  for (let earned = 0; earned < 3; earned++) {
    const { action } = await bot.ask('read_file', { path: `${earned}.md` })
    await bot.begin(action)
    await bot.report(action.id)
  }
  await bot.ask(
    'send_email',
    { to: 'a\u202Eb@example.org', text: 'р\u0430y', cc: ['bo@example.org'], urgent: true },
    { summary: 'A letter', risk: 0.9, context: { why: 'asked for', times: 2 } },
  )
  await bot.ask('payment', { to: 'DE89', amount: '12.00' }, { confidence: 0.4 })
  await bot.send('question.ask', { question: 'Which one?', choices: ['this', 'that'], blocking: false })
  await bot.send('question.ask', {
    question: 'How much of it?',
    schema: {
      type: 'object',
      properties: {
        amount: { type: 'number', title: 'Amount' },
        currency: { type: 'string', enum: ['EUR', 'USD'] },
        sure: { type: 'boolean' },
      },
      required: ['amount'],
    },
    blocking: false,
  })
  await bot.send('escalation.raise', { reason: 'user_request', context: { why: 'a large sum' } })
  await boss.must('agent.inject', {
    key: freshKey(),
    target: { agent: 'invoice-bot' },
    text: 'Ask before large sums',
  })
  await boss.must('standing.issue', {
    key: freshKey(),
    agent: 'invoice-bot',
    action: 'send_email',
    when: 'args.to == "bo@example.org"',
    count: 5,
    reason: 'to ourselves',
  })
  await boss.must('agent.pause', {
    key: freshKey(),
    target: { labels: 'team=none' },
    reason: 'for the page',
  })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await cp[Symbol.asyncDispose]()
})

const THEMES = ['light', 'dark', 'contrast'] as const

/**
 * What axe finds in each theme, short enough to read in a failure, by all of its rules: also those that it calls
 * experimental, and in high contrast those of the highest level (AAA). The page is loaded once: only the theme moves
 * under it, as where somebody chooses another one.
 */
async function findings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (themes) => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window, without types
    const { axe } = window as any
    const names: readonly string[] = axe.getRules().map(({ ruleId }: { ruleId: string }) => ruleId)
    const { dataset } = document.documentElement
    const found: string[] = []
    for (const theme of themes) {
      dataset.theme = theme
      const rules = Object.fromEntries(
        names.map((name) => [name, { enabled: name !== 'color-contrast-enhanced' || theme === 'contrast' }]),
      )
      const { violations } = await axe.run(document, { rules, resultTypes: ['violations'] })
      for (const { id, nodes } of violations)
        for (const { html, failureSummary } of nodes)
          found.push(`${theme}, ${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`)
    }
    delete dataset.theme
    return found
  }, THEMES)
}

/** Soft, so that one run tells of all that is wrong anywhere. */
const accessible = async (page: Page, where: string) => expect.soft(await findings(page), where).toEqual([])

describe('axe finds nothing by any of its rules, light, dark and in high contrast', () => {
  it('where nobody is signed in', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await page.goto(cp.url)
    await page.getByLabel('Your name').waitFor()
    await accessible(page, 'password')
    await page.getByLabel('Your name').fill('mira')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    const code = page.getByLabel('A code from your authenticator app')
    await code.waitFor()
    await accessible(page, 'second factor')
    await code.fill('000000')
    await page.keyboard.press('Enter')
    await page.locator('.why-not:not(:empty)').waitFor()
    await accessible(page, 'second factor, wrong')
    await page.getByRole('button', { name: 'Use a token' }).click()
    await page.getByLabel('Your token').fill('no token')
    await accessible(page, 'token')
    const boss = await cp.operatorSocket({ subject: 'boss', role: 'admin' })
    const { link } = await boss.must('person.link', { key: freshKey(), id: 'lena' })
    await page.goto(`${cp.url}/#link=${encodeURIComponent(String(link))}`)
    await page.getByRole('button', { name: 'Sign in as lena' }).waitFor()
    await accessible(page, 'link')
  })

  it('on every page', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, { role: 'admin' })
    await row(page, 'A letter').waitFor()
    await accessible(page, 'queue')
    await page.getByLabel('Filter').fill('nothing has this')
    await page.getByText('Nothing here fits').waitFor()
    await accessible(page, 'queue, nothing fits')
    await page.getByLabel('Filter').fill('')
    await openLine(row(page, 'A letter'))
    await readAll(page)
    await accessible(page, 'card')
    await page.getByRole('button', { name: 'Raw JSON' }).click()
    await accessible(page, 'card, raw')
    await openLine(row(page, 'question').first())
    await page.getByRole('form', { name: 'Answer' }).waitFor()
    await accessible(page, 'question')
    await page.getByRole('link', { name: /^Agents/ }).click()
    await agentRow(page, 'invoice-bot').waitFor()
    await accessible(page, 'agents')
    await page.getByRole('link', { name: 'Released in advance' }).click()
    await page.locator('.grants li').waitFor()
    await accessible(page, 'advance')
    await page.goBack()
    await openAgent(page, 'invoice-bot')
    await page.locator('.events li').first().waitFor()
    await page.locator('.plot').waitFor()
    await page.locator('.plot summary').click()
    await accessible(page, 'agent')
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await openLine(page.locator('.row', { hasText: 'user request' }))
    await page.getByRole('form', { name: 'Resolve' }).waitFor()
    await accessible(page, 'ticket')
    await page.getByRole('link', { name: 'History' }).click()
    await page.locator('.events li').first().waitFor()
    await accessible(page, 'history')
    await page.locator('.event-time').first().click()
    await page.locator('.json').waitFor()
    await accessible(page, 'one fact')
    await page.getByRole('link', { name: 'Insight' }).click()
    await page.locator('main[aria-busy="false"]').waitFor()
    await accessible(page, 'insight')
    await page.goto(`${cp.url}/#/agents/nobody`)
    await page.getByRole('heading', { name: 'No agent' }).waitFor()
    await accessible(page, 'no such agent')
  })

  it('on every form', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, { role: 'admin' })
    await openLine(row(page, 'A letter'))
    await readAll(page)
    await page.locator('button.approve:enabled').waitFor()
    for (const [key, form] of [
      ['a', 'Approve send_email'],
      ['d', 'Deny'],
      ['e', 'Edit send_email'],
      ['r', 'Send'],
    ] as const) {
      await pressKey(page, key)
      await page.getByRole('form', { name: form }).waitFor()
      await accessible(page, form)
      if (key === 'e') {
        await page.locator('.fields textarea').first().fill('another')
        await page.locator('.differences').waitFor()
        // however long it becomes, who types it keeps the focus: else the next letters would be keys
        const longer = page.locator('.fields textarea').nth(1)
        await longer.fill('x'.repeat(70))
        await page.keyboard.type(' and more')
        expect(await longer.inputValue()).toMatch(/ and more$/)
        // a checkbox that lies half under the buttons is too small for as long as it lies there
        await page.locator('form.edit').evaluate((box) => box.scrollTo(0, box.scrollHeight))
        await accessible(page, 'edited')
        await page.getByRole('button', { name: 'JSON', exact: true }).click()
        await page.getByLabel('Arguments, as JSON').fill('{')
        await accessible(page, 'edited as JSON, and none')
      }
      await page.keyboard.press('Escape')
    }
    await openLine(row(page, 'question').last())
    await page.locator('.fields').waitFor()
    await accessible(page, 'an answer by a schema')
    await openLine(row(page, 'payment'))
    await readAll(page)
    await pressKey(page, 'a')
    await page.getByLabel('Six digits').waitFor()
    await accessible(page, 'approving with a second factor')
    await page.keyboard.press('Escape')
    await page.getByLabel('Filter').fill('bot')
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByLabel('Name of this view').fill('bots')
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Kept views' }).waitFor()
    await selectLine(row(page, 'A letter'))
    await page.getByRole('form', { name: 'Selected' }).waitFor()
    await accessible(page, 'several selected')
    await page.getByRole('button', { name: 'Lift …' }).click()
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByRole('toolbar').getByRole('button', { name: 'Pause …' }).click()
    await page.getByRole('form', { name: 'pause every agent' }).waitFor()
    await accessible(page, 'pausing, and lifting an order')
    await selectLine(agentRow(page, 'invoice-bot'))
    await openAgent(page, 'invoice-bot')
    await page.getByRole('button', { name: 'Release in advance …' }).click()
    await page.getByRole('form', { name: 'Release in advance' }).waitFor()
    await page.getByRole('button', { name: 'Take back' }).click()
    await page.getByRole('toolbar').getByRole('button', { name: 'Instruct …' }).click()
    await accessible(page, 'releasing in advance, taking back, instructing')
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await openLine(page.locator('.row', { hasText: 'user request' }))
    await page.getByRole('button', { name: 'With advice …' }).click()
    await page.getByLabel('Action for the agent').waitFor()
    await accessible(page, 'resolving with advice')
  })

  it('on every dialog', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, { role: 'admin' })
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await accessible(page, 'help')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Stop all' }).click()
    await page.getByRole('heading', { name: 'Stop every agent' }).waitFor()
    await accessible(page, 'stop all')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('form', { name: 'Password' }).waitFor()
    await accessible(page, 'settings')
    await page.getByRole('form', { name: 'Second factor' }).getByRole('button', { name: 'Enrol one' }).click()
    await page.locator('.codes li').first().waitFor()
    await page.locator('.factor summary').click()
    await accessible(page, 'enrolling a second factor')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('invoice')
    await page.getByRole('option').first().waitFor()
    await accessible(page, 'palette')
  })

  it('on a phone', async () => {
    await using visit = await browser.open({ width: 390, height: 780, phone: true })
    const { page } = visit
    await signIn(page, cp, { role: 'admin' })
    await row(page, 'A letter').waitFor()
    await accessible(page, 'queue')
    await openLine(row(page, 'A letter'), 'tap')
    await readAll(page)
    await accessible(page, 'card')
    for (const [button, form] of [
      ['approve', 'Approve send_email'],
      ['deny', 'Deny'],
      ['edit', 'Edit send_email'],
      ['respond', 'Send'],
    ] as const) {
      await page.locator(`button.${button}:enabled`).tap()
      await page.getByRole('form', { name: form }).waitFor()
      await accessible(page, form)
      await page.getByRole('button', { name: 'Cancel' }).tap()
    }
    const go = (place: string) =>
      page.evaluate((hash) => {
        location.hash = hash
      }, place)
    await go('#/agents')
    await agentRow(page, 'invoice-bot').waitFor()
    await accessible(page, 'agents')
    await go('#/agents/invoice-bot')
    await page.locator('.plot').waitFor()
    await accessible(page, 'agent')
    await go('#/advance')
    await page.locator('.grants li').waitFor()
    await accessible(page, 'advance')
    await go('#/tickets')
    await openLine(page.locator('.row', { hasText: 'user request' }), 'tap')
    await page.getByRole('form', { name: 'Resolve' }).waitFor()
    await accessible(page, 'ticket')
    await go('#/history')
    await page.locator('.events li').first().waitFor()
    await accessible(page, 'history')
    await go('#/insight')
    await page.locator('main[aria-busy="false"]').waitFor()
    await accessible(page, 'insight')
    await page.getByRole('button', { name: 'Settings' }).tap()
    await page.getByRole('form', { name: 'Password' }).waitFor()
    await accessible(page, 'settings')
  })

  it('where the system asks for more contrast, until somebody chooses otherwise', async () => {
    await using visit = await browser.open()
    const { page } = visit
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
    await page.emulateMedia({ contrast: 'more' })
    await page.goto(cp.url)
    await page.getByLabel('Your name').waitFor()
    expect(await theme()).toBe('contrast')
    await page.emulateMedia({ contrast: 'no-preference' })
    await page.waitForFunction(() => document.documentElement.dataset.theme === undefined)
    await page.emulateMedia({ contrast: 'more' })
    await signIn(page, cp, { role: 'admin' })
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Light').check()
    expect(await theme()).toBe('light')
  })
})
