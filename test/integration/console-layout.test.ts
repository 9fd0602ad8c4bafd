import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { agentRow, openLine, pressKey, row, signIn } from '../harness/console-page.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()

/** What can be pressed, is in sight, and would yet give a press at its middle or near a corner to something else. */
const covered = (page: Page) =>
  page.evaluate(() => {
    const inSight = (element: Element) => {
      let { left, top, right, bottom } = element.getBoundingClientRect()
      for (let box = element.parentElement; box; box = box.parentElement) {
        if (box !== document.documentElement && getComputedStyle(box).overflowY === 'visible') continue
        const clip = box.getBoundingClientRect()
        left = Math.max(left, clip.left)
        top = Math.max(top, clip.top)
        right = Math.min(right, clip.right, innerWidth)
        bottom = Math.min(bottom, clip.bottom, innerHeight)
      }
      return { left, top, right, bottom }
    }
    const open = document.querySelector('dialog[open]') ?? document
    return [...open.querySelectorAll('a[href], button:not(:disabled), input, textarea, select')].flatMap(
      (element) => {
        const { left, top, right, bottom } = inSight(element)
        if (right - left < 8 || bottom - top < 8) return []
        const points = [
          [(left + right) / 2, (top + bottom) / 2],
          [left + 3, top + 3],
          [right - 3, bottom - 3],
        ] as const
        const wrong = points.filter(([x, y]) => {
          const hit = document.elementFromPoint(x, y)
          return hit === null || !(element.contains(hit) || hit.contains(element))
        })
        const name = element.getAttribute('aria-label') ?? element.textContent
        return wrong.length > 0 ? [`${element.tagName} ${name}`] : []
      },
    )
  })

const told = (page: Page) => page.locator('.notice')

describe('what the page tells of', () => {
  for (const [width, height] of [
    [320, 640],
    [720, 900],
    [800, 600],
    [1_280, 800],
  ] as const)
    it(`covers nothing that can be pressed, and moves neither a line nor a decision, at ${width} × ${height}`, async () => {
      const who = { tenant: `wide-${width}` }
      const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
      await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
      const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
      const text = Array.from({ length: 60 }, (_, at) => `line ${at}`)
      await agent.ask('send_email', { to: 'ana@example.org', text }, { blocking: false })
      await agent.ask('api_call', { url: 'https://example.org' }, { blocking: false })
      const choices = ['aisle', 'window', 'either of them']
      await agent.send('question.ask', { question: 'Which seat?', choices, blocking: false })
      await using visit = await browser.open({ width, height })
      const { page } = visit
      await signIn(page, cp, who)
      const places = () =>
        page.evaluate(() =>
          [...document.querySelectorAll('.row, .decide .buttons button, .back')].map((element) => {
            const { x, y } = element.getBoundingClientRect()
            return [element.className, x, y]
          }),
        )

      await openLine(row(page, 'send_email'))
      await page.locator('button.deny:enabled').waitFor()
      const before = await places()
      await pressKey(page, 'a')
      await told(page).waitFor()
      expect(await places()).toEqual(before)
      expect(await covered(page)).toEqual([])
      // beside a question, and where nothing is looked at
      await page.keyboard.press('Escape')
      await openLine(row(page, 'Which seat?'))
      await page.getByRole('button', { name: 'Take it' }).click()
      await told(page).nth(1).waitFor()
      expect(await covered(page)).toEqual([])
      await page.keyboard.press('Escape')
      await row(page, 'Which seat?').waitFor()
      await told(page).first().waitFor()
      expect(await covered(page)).toEqual([])
      await page.evaluate(() => location.assign('#/agents'))
      await agentRow(page, 'mailer').waitFor()
      expect(await covered(page)).toEqual([])
      // what stands in a dialog is told of at its foot
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByLabel('A new one').fill('too short')
      await page.getByRole('button', { name: 'Set it' }).click()
      await page.getByRole('dialog').locator('.notice.bad').waitFor()
      expect(await covered(page)).toEqual([])
      expect(await page.locator('.notices').count()).toBe(1)
      expect(visit.faults).toEqual([])
    })
})

describe('where there is little room', () => {
  it('the argument that tells lines apart is shown whole, before a second one is', async () => {
    const who = { tenant: 'stubs' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'release-agent', ...who }))
    for (const at of [0, 1, 2])
      await agent.ask('deploy', { service: `svc-${at}`, share: 0.25, version: '2.4.0' }, { blocking: false })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.locator('.row-arg').nth(5).waitFor()
    // less than a pixel that is missing costs the end of a text already
    const missing = await page.locator('.row-agent + .row-arg').evaluateAll((all) =>
      all.map((one) => {
        const whole = document.createRange()
        whole.selectNodeContents(one)
        return whole.getBoundingClientRect().width - one.getBoundingClientRect().width
      }),
    )
    expect(missing).toHaveLength(3)
    for (const pixels of missing) expect(pixels).toBeLessThan(0.02)
  })

  it('[AP10] where lines differ is in sight on a phone, and the four decisions stand in one row', async () => {
    const who = { tenant: 'narrow' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'support-triage-1', ...who }))
    const numbers = [13, 14, 21]
    for (const at of numbers)
      await agent.ask(
        'api_call',
        { url: `https://api.example.org/orders/${at}`, method: 'GET' },
        { blocking: false },
      )
    await using visit = await browser.open({ phone: true, width: 400, height: 800 })
    const { page } = visit
    await signIn(page, cp, who)
    await page.locator('.row-arg').nth(2).waitFor()
    await page.evaluate(() => document.fonts.ready)
    // how much of the room is left behind the number, and whether the end is cut off: the sign of that takes three letters
    const behind = await page.locator('.row-agent + .row-arg').evaluateAll((all) =>
      all.map((one) => {
        const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT)
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
          const at = /\d+$/.exec(text.textContent ?? '')
          if (!at) continue
          const number = document.createRange()
          number.setStart(text, at.index)
          number.setEnd(text, at.index + at[0].length)
          const room = one.getBoundingClientRect().right - number.getBoundingClientRect().right
          return one.scrollWidth > one.clientWidth + 1 ? room - 21 : room
        }
        return Number.NEGATIVE_INFINITY
      }),
    )
    expect(behind).toHaveLength(numbers.length)
    for (const pixels of behind) expect(pixels).toBeGreaterThanOrEqual(0)
    await openLine(row(page, 'api_call').first(), 'tap')
    await page.locator('button.approve:enabled').waitFor()
    const buttons = await page
      .locator('.decide .buttons button')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()))
    expect(buttons).toHaveLength(4)
    expect(new Set(buttons.map(({ y }) => y)).size).toBe(1)
    for (const { width, height } of buttons) expect(Math.min(width, height)).toBeGreaterThanOrEqual(44)
    expect(visit.faults).toEqual([])
  })

  it('a dialog gives the focus back to what opened it, however it is closed', async () => {
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, { tenant: 'focus', role: 'admin' })
    for (const name of [/^Stop all/, /^Settings/])
      for (const how of ['Escape', 'Close']) {
        const opener = page.getByRole('button', { name })
        await opener.focus()
        await page.keyboard.press('Enter')
        const dialog = page.locator('dialog[open]')
        await dialog.waitFor()
        await page.locator('dialog :focus').waitFor()
        if (how === 'Escape') await page.keyboard.press('Escape')
        else await dialog.getByRole('button', { name: how }).click()
        await dialog.waitFor({ state: 'detached' })
        await page.locator('button:focus', { hasText: name }).waitFor()
      }
    expect(visit.faults).toEqual([])
  })

  it('the longest names there may be are shown whole on the card', async () => {
    const who = { tenant: 'long-names' }
    const action = 'delete_everything.'.repeat(8).slice(0, 128)
    const agent = await startAgent(await cp.agentSocket({ subject: 'agent-'.repeat(20), ...who }))
    await agent.ask(action, { path: '/a' }, { blocking: false })
    for (const width of [1280, 400]) {
      await using visit = await browser.open({ width })
      const { page } = visit
      await signIn(page, cp, who)
      await openLine(row(page, 'delete_everything'))
      await page.locator('.digest').waitFor()
      const name = await page.locator('.call-name').boundingBox()
      expect((name?.x ?? 0) + (name?.width ?? 0)).toBeLessThanOrEqual(width)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
  })

  it('an escalation on a small phone leaves its account the greater half, and the header one line', async () => {
    const who = { tenant: 'small-phone' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'payer', ...who }))
    await agent.send('escalation.raise', { reason: 'odd_supplier', context: { seen: 'another account' } })
    await using visit = await browser.open({ phone: true, width: 360, height: 640 })
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByRole('button', { name: '1 escalation' }).tap()
    const height = async (of: string) => (await page.locator(of).boundingBox())?.height ?? 0
    await page.locator('.ticket .decide').waitFor()
    expect(await height('.card-body')).toBeGreaterThan(await height('.decide'))
    expect(await height('.top')).toBeLessThan(60)
  })
})
