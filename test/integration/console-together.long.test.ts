import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { openLine, pressKey, readAll, row, signIn } from '../harness/console-page.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

describe('several people at once', () => {
  it('[AP2] two race one approval in two browsers: one decides, the other sees who, what and when', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const { approval } = await agent.ask('send_email', { to: 'ana@example.org' })
    await using first = await browser.open()
    await using second = await browser.open()
    const people = [
      { page: first.page, subject: 'ana' },
      { page: second.page, subject: 'bo' },
    ]
    for (const { page, subject } of people) {
      await signIn(page, cp, { subject })
      await openLine(row(page, 'send_email'))
      await readAll(page)
      await page.locator('button.approve:enabled').waitFor()
    }
    await Promise.all([
      pressKey(first.page, 'a'),
      second.page
        .locator('button.approve')
        .click({ timeout: 2_000 })
        .catch(() => {}),
    ])
    const eyes = await cp.operatorSocket({ subject: 'eyes', role: 'viewer' })
    const decided = await until('a decision', async () => {
      const view = (await eyes.must('approval.get', { id: approval.id })).approval
      return view.status !== 'pending' && view
    })
    expect(decided.status).toBe('approved')
    for (const { page } of people) {
      await page.locator('.outcome', { hasText: `approved by ${decided.decidedBy} at` }).waitFor()
      expect(await page.locator('.decide').count()).toBe(0)
      expect(await page.locator('.notice.bad').count()).toBe(0)
    }
    const log = await eyes.must('history.list', { type: 'approval.approved' })
    expect(log.events).toHaveLength(1)
    expect([...first.faults, ...second.faults]).toEqual([])
  })

  it('[ID2] a person sees what waits for their team', async () => {
    await using cp = await controlPlane()
    const root = await cp.operatorSocket({ subject: 'root' })
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver', teams: ['books'] })
    for (const team of ['books', 'mail']) {
      const agent = await startAgent(await cp.agentSocket({ subject: `${team}-bot`, labels: { team } }))
      await agent.ask('send_email', { team })
    }
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'mail-bot').waitFor()
    await page.getByRole('button', { name: 'My team' }).click()
    await row(page, 'mail-bot').waitFor({ state: 'detached' })
    await row(page, 'books-bot').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[AP11] who has it on screen, and who looks at it now, is shown to the others', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await agent.ask('send_email', { to: 'ana@example.org' })
    await using first = await browser.open()
    await using second = await browser.open()
    await signIn(first.page, cp, { subject: 'ana' })
    await openLine(row(first.page, 'send_email'))
    await signIn(second.page, cp, { subject: 'bo' })
    // on the line before it is opened, and on the card
    await row(second.page, 'send_email').locator('.onlookers', { hasText: 'ana' }).waitFor()
    await openLine(row(second.page, 'send_email'))
    await second.page.locator('.stages li', { hasText: 'seen' }).getByText('ana').waitFor()
    await second.page.locator('.card-head .onlookers', { hasText: 'ana' }).waitFor()
    await first.page.locator('.card-head .onlookers', { hasText: 'bo' }).waitFor()
    // nobody is told of themselves
    expect(await first.page.locator('.onlookers', { hasText: 'ana' }).count()).toBe(0)
    await second.page.keyboard.press('Escape')
    await first.page.locator('.onlookers').first().waitFor({ state: 'detached' })
    await first.context.close()
    await second.page.locator('.onlookers').first().waitFor({ state: 'detached' })
  })
})

describe('connection truth', () => {
  it('[PR4] is reconnecting, then stale, decides nothing meanwhile, and catches up by itself', async () => {
    await using cp = await controlPlane()
    await using proxy = await swallowingProxy(Number(new URL(cp.url).port))
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, { ...cp, url: proxy.url, token: cp.token })
    await openLine(row(page, 'send_email'))
    await readAll(page)
    await page.locator('button.approve:enabled').waitFor()
    proxy.swallow('both')
    // long before a ping is missed the page says that it hears nothing, and decides nothing
    await page.clock.runFor(7_000)
    await page.getByText(/^No sign of life for \d+s$/).waitFor()
    expect(await page.locator('button.approve').count()).toBe(0)
    await page.getByRole('button', { name: 'Stop all …' }).and(page.locator(':enabled')).waitFor()
    // the page's own clock goes on until it misses the server's sign of life
    await page.clock.runFor(25_000)
    await page.locator('.connection:not(.live)').waitFor()
    expect(await page.locator('button.approve').count()).toBe(0)
    await page.clock.runFor(15_000)
    await page.getByText('Stale since').waitFor()
    await page.getByText('may be out of date').waitFor()
    const other = await startAgent(await cp.agentSocket({ subject: 'caller' }))
    await other.ask('api_call', { url: 'https://example.org' })
    proxy.heal()
    await until('live again', async () => {
      await page.clock.runFor(1_000)
      return (await page.locator('.connection.live').count()) === 1
    })
    await page.getByRole('button', { name: '1 new' }).click()
    await row(page, 'api_call').waitFor()
  })
})

describe('on a phone', () => {
  it('shows the list or the card, with the decisions within reach of a thumb', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const { approval } = await agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open({ width: 390, height: 780, phone: true })
    const { page } = visit
    await signIn(page, cp)
    await openLine(row(page, 'send_email'), 'tap')
    await page.locator('button.approve:enabled').waitFor()
    expect(await page.locator('.queue-list').isVisible()).toBe(false)
    const button = await page.locator('button.approve').boundingBox()
    expect(button?.height).toBeGreaterThanOrEqual(44)
    expect(button?.y).toBeGreaterThan(780 / 2)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.locator('button.approve').tap()
    const eyes = await cp.operatorSocket({ subject: 'eyes', role: 'viewer' })
    await until(
      'approved',
      async () => (await eyes.must('approval.get', { id: approval.id })).approval.status === 'approved',
    )
    await page.getByRole('button', { name: 'All that waits' }).tap()
    await page.locator('.queue-list').waitFor()
    expect(visit.faults).toEqual([])
  })
})
