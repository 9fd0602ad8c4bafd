import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { agentRow, openLine, row, signIn } from '../harness/console-page.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()

describe('a day at the console', () => {
  it('offers the next one where the decisions were, and away from what releases', async () => {
    const who = { tenant: 'next' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    for (const to of ['ana', 'bo', 'cy']) await agent.ask('send_email', { to }, { blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const next = page.getByRole('button', { name: /^Next: send_email by mailer/ })
    const opened = (to: string) => page.locator('.bytes', { hasText: `"${to}"` }).waitFor()
    await openLine(row(page, '"bo"'))
    await opened('bo')
    expect(await next.count()).toBe(0)
    await page.locator('.by', { hasText: /, \d+s ago/ }).waitFor()
    const approve = page.locator('button.approve:enabled')
    const { x, y, width, height } = (await approve.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    await approve.click()
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    // a second press at the same place hits nothing
    await next.waitFor()
    await page.mouse.click(x + width / 2, y + height / 2)
    await page.mouse.click(x + 4, y + 4)
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    await next.click()
    await opened('cy')
    await page.locator('button.approve:enabled').click()
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    // at the end of the list the first that is left
    await next.click()
    await opened('ana')
    await page.locator('button.approve:enabled').click()
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    expect(await next.count()).toBe(0)
    expect(visit.faults).toEqual([])
  })

  it('tells in the history what was decided from what only got further', async () => {
    const who = { tenant: 'tones' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const { approval } = await agent.ask('send_email', { to: 'ana' }, { blocking: false })
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver', ...who })
    await bo.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'no' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByRole('link', { name: 'History' }).click()
    const weight = (type: string) =>
      page
        .locator('.event-type', { hasText: type })
        .first()
        .evaluate((element) => [getComputedStyle(element).fontWeight, getComputedStyle(element).color])
    await page.locator('.events .bad', { hasText: 'approval.denied' }).waitFor()
    const [denied, asked] = [await weight('approval.denied'), await weight('approval.requested')]
    expect(denied[0]).toBe(asked[0])
    expect(denied[1]).not.toBe(asked[1])
  })

  it('gives the room of a wide screen to the lines, and that of a phone to the agents', async () => {
    const who = { tenant: 'room' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    await agent.ask('send_email', { to: 'ana' }, { blocking: false })
    await using wide = await browser.open({ width: 1_920, height: 1_080 })
    await signIn(wide.page, cp, who)
    await row(wide.page, 'send_email').waitFor()
    expect((await wide.page.locator('.queue-list').boundingBox())?.width).toBeGreaterThan(560)
    await using phone = await browser.open({ width: 390, height: 780, phone: true })
    await signIn(phone.page, cp, who)
    await phone.page.getByRole('link', { name: /^Agents/ }).click()
    await agentRow(phone.page, 'mailer').waitFor()
    const bar = phone.page.getByRole('toolbar')
    expect((await bar.boundingBox())?.height).toBeLessThan(60)
    for (const name of ['Pause …', 'Stop …']) {
      const button = await bar.getByRole('button', { name, exact: true }).boundingBox()
      expect((button?.x ?? 999) + (button?.width ?? 999)).toBeLessThanOrEqual(376)
    }
    await bar.getByRole('button', { name: 'Instruct …' }).tap()
    await phone.page.getByRole('form', { name: /^inject/ }).waitFor()
  })
})
