import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { holdNews, openLine, signIn } from '../harness/console-page.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()

/** An agent, and bo, who is quicker. */
async function desk(tenant: string) {
  const agent = await startAgent(await cp.agentSocket({ subject: 'booker', tenant }))
  const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver', tenant })
  return { agent, bo, who: { tenant } }
}

const open = (page: Page, words: string) => openLine(page.locator('.row', { hasText: words }))

/** What was typed is there to be read, and nothing was shown as a failure. */
async function keeps(page: Page, ...words: readonly string[]): Promise<void> {
  const unsent = page.getByRole('region', { name: 'What you had written' })
  for (const one of words) await unsent.getByText(one).waitFor()
  expect(await page.locator('.decide, .answer').count()).toBe(0)
  expect(await page.locator('.notice.bad').count()).toBe(0)
}

describe('decided by somebody else while it is open here', () => {
  it('[AP2] [ES5] on the home page: who, what and when; what was being written can still be read', async () => {
    const { agent, bo, who } = await desk('home')
    const asked = await agent.send('question.ask', { question: 'Which seats?', blocking: false })
    const { approval } = await agent.ask('send_email', { to: 'ana' }, { blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await open(page, 'Which seats?')
    await page.getByLabel('Your answer').fill('two at the window')
    // looking at something else in between loses nothing
    await open(page, 'send_email')
    await page.locator('button.deny:enabled').click()
    await page.getByLabel('Why not?').fill('not to ana, ask')
    await open(page, 'Which seats?')
    expect(await page.getByLabel('Your answer').inputValue()).toBe('two at the window')
    await bo.must('ticket.resolve', { key: freshKey(), id: asked.ticket.id, answer: 'three' })
    await page.locator('.outcome', { hasText: /answered by bo at \d/ }).waitFor()
    await keeps(page, 'two at the window')
    await page.getByRole('button', { name: 'Put it away' }).click()
    await page.getByText('What you had written').waitFor({ state: 'detached' })

    await open(page, 'send_email')
    await page.locator('button.deny:enabled').click()
    expect(await page.getByLabel('Why not?').inputValue()).toBe('not to ana, ask')
    await bo.must('approval.approve', { key: freshKey(), ...shown(approval) })
    await page.locator('.outcome', { hasText: /approved by bo at \d/ }).waitFor()
    await keeps(page, 'not to ana, ask')
    expect(visit.faults).toEqual([])
  })

  it('[ES3] among the tickets: who, what and when; the advice that was being written can still be read', async () => {
    const { agent, bo, who } = await desk('tickets')
    const raise = async (reason: string) =>
      (await agent.send('escalation.raise', { reason, context: { sum: 900 } })).ticket
    const ticket = await raise('user_request')
    const form = { type: 'object', properties: { seats: { type: 'integer' }, meal: { type: 'string' } } }
    const asked = await agent.send('question.ask', { question: 'How many?', schema: form, blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await open(page, 'How many?')
    await page.getByLabel('seats').fill('4')
    await page.getByLabel('meal').fill('vegan')
    await open(page, 'user request')
    await page.getByLabel('What came of it').fill('Half of it')
    await page.getByRole('button', { name: 'With advice' }).click()
    await page.getByLabel('Action for the agent').fill('send_email')
    await page.getByLabel('Its arguments, as JSON').fill('{"sum": 450}')
    await bo.must('ticket.resolve', { key: freshKey(), id: ticket.id, resolution: 'None of it' })
    await page.locator('.outcome', { hasText: /resolved by bo at .*: “None of it”/ }).waitFor()
    await keeps(page, 'Half of it', 'send_email', '{"sum": 450}')
    await bo.must('ticket.resolve', { key: freshKey(), id: asked.ticket.id, answer: { seats: 1 } })
    await page.evaluate((id) => location.assign(`#/tickets/${id}`), asked.ticket.id)
    await page.locator('.outcome', { hasText: /answered by bo at \d/ }).waitFor()
    await keeps(page, '"vegan"')
    // an address that names nothing says so here, too
    await page.evaluate(() => location.assign('#/tickets/nothing-at-all'))
    await page.getByText('Nothing of this address is here').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[ES3] by its own time: no button stays, and the answer that came too late can still be read', async () => {
    const { agent, who } = await desk('too-late')
    await using visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, cp, who)
    const timeoutMs = 15_000
    await agent.send('question.ask', { question: 'Which seats?', timeoutMs, blocking: false })
    await open(page, 'Which seats?')
    await page.getByLabel('Your answer').fill('two at the window')
    await page.clock.runFor(timeoutMs - 8_000)
    await page.locator('.answer button.approve:enabled').waitFor()
    await page.clock.runFor(8_000)
    await page.locator('.card').getByText('Its time has run out').waitFor()
    await page.getByRole('region', { name: 'What you had written' }).getByText('two at the window').waitFor()
    expect(await page.locator('.answer, .card button.approve').count()).toBe(0)
    expect(visit.faults).toEqual([])
  })

  it('[ES3] pressed at the same moment: the first one stands, and is shown, not a failure', async () => {
    const { agent, bo, who } = await desk('at-once')
    const { ticket } = await agent.send('escalation.raise', { reason: 'user_request', context: {} })
    await using visit = await browser.open()
    const { page } = visit
    const news = await holdNews(page)
    await signIn(page, cp, who)
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await open(page, 'user request')
    await page.getByLabel('What came of it').fill('Half of it')
    news.hold()
    await bo.must('ticket.resolve', { key: freshKey(), id: ticket.id, resolution: 'None of it' })
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.locator('.notice.neutral', { hasText: 'Somebody decided this first' }).waitFor()
    news.release()
    await page.locator('.outcome', { hasText: /resolved by bo at .*: “None of it”/ }).waitFor()
    await keeps(page, 'Half of it')
  })
})
