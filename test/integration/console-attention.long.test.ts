import { builtInPolicy } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, pressKey, readAll, row, signIn, tabTo } from '../harness/console-page.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import type { RawSocket } from '../harness/raw-socket.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'

const { browser, cp } = browserAndServer()

interface Desk {
  readonly agent: RawAgent
  readonly root: RawSocket
  readonly who: { readonly tenant: string }
}

async function desk(tenant: string): Promise<Desk> {
  const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', tenant }))
  return { agent, root: await cp.operatorSocket({ subject: 'root', role: 'admin', tenant }), who: { tenant } }
}

const statusOf = async ({ root }: Desk, id: string) =>
  (await root.must('approval.get', { id })).approval.status as string

describe('what calls for attention', () => {
  it('sounds and notifies as far as was chosen, and otherwise when it is urgent', async () => {
    const at = await desk('alerts')
    await using visit = await browser.open()
    const { page, context } = visit
    await context.grantPermissions(['notifications'], { origin: cp.url })
    await page.addInitScript(listen)
    await signIn(page, cp, at.who)
    const heard = () => page.evaluate(() => (window as unknown as Heard).heard)
    const ask = async (action: string, more: Record<string, unknown> = {}) => {
      const { approval } = await at.agent.ask(action, { at: freshKey() }, more)
      await page.locator(`.row[data-id="${approval.id}"]`).waitFor()
    }

    // muted until somebody chooses otherwise
    await ask('send_email')
    expect(await heard()).toEqual({ notes: [], notices: [] })
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('A sound when something new waits for you').check()
    await page.getByLabel('Notifications of this system').check()
    await page.keyboard.press('Escape')

    await ask('send_email')
    await until('the notes', async () => (await heard()).notes.length >= 2)
    const calm = (await heard()).notes
    // the page is in front: nobody is notified of what they see
    expect((await heard()).notices).toEqual([])
    await page.evaluate(() => (window as unknown as Heard).toBack())
    // at most one sound a second
    await page.waitForFunction(
      (since) => performance.now() > since + 1_100,
      await page.evaluate(() => performance.now()),
    )
    // an admin's matter, so nothing that waits for this person
    const { approval: theirs } = await at.agent.ask('delete_data', { path: '/srv/old' })
    await ask('payment', { summary: 'ring ring' })
    await until('the urgent notes', async () => (await heard()).notes.length >= calm.length + 3)
    const urgent = (await heard()).notes.slice(calm.length)
    expect(urgent).toHaveLength(3)
    expect(calm).toHaveLength(2)
    // distinct by ear: one rises, the other falls
    expect(Math.sign((calm[1] ?? 0) - (calm[0] ?? 0))).toBe(1)
    expect(Math.sign((urgent[2] ?? 0) - (urgent[0] ?? 0))).toBe(-1)
    // names alone: what an agent says of itself has no place on a lock screen
    expect((await heard()).notices).toEqual(['Holdpoint: urgent: payment by mailer'])
    expect(await page.title()).toMatch(/^\(3\) /)
    await page.getByRole('button', { name: /^All/ }).click()
    await page.locator(`.row[data-id="${theirs.id}"]`).waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[AP2] several tabs of one person agree', async () => {
    const at = await desk('tabs')
    const { approval } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const [first, second] = [visit.page, await visit.context.newPage()]
    for (const page of [first, second]) {
      await page.bringToFront()
      await signIn(page, cp, at.who)
      await openLine(row(page, 'send_email'))
      await page.locator('button.approve:enabled').waitFor()
    }
    // how many wait is drawn on the icon of each
    const icon = (page: Page) => page.locator('link[rel="icon"]').getAttribute('href')
    for (const page of [first, second]) {
      expect(await page.title()).toBe('(1) Holdpoint')
      expect(await icon(page)).toMatch(/^data:image\/png;base64,/)
    }
    await first.bringToFront()
    await pressKey(first, 'a')
    for (const page of [first, second]) {
      await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
      expect(await page.locator('.decide').count()).toBe(0)
      expect(await page.title()).toBe('Holdpoint')
      expect(await icon(page)).toBe('/icon.svg')
    }
    expect(await statusOf(at, approval.id)).toBe('approved')
    // what one chooses, the other does
    await first.getByRole('button', { name: 'Settings' }).click()
    await first.getByLabel('High contrast').check()
    await second.locator('html[data-theme="contrast"]').waitFor()
    expect(visit.faults).toEqual([])
  })
})

describe('what can no longer be decided', () => {
  it('[AP3] loses its buttons at the moment it expires, by the server’s clock', async () => {
    const at = await desk('expiry')
    const timeoutMs = 15_000
    const policy = {
      version: 'v2',
      catalogue: { blink: { level: 'required', class: 'external_api', timeoutMs } },
      levels: builtInPolicy.levels,
    }
    await at.root.must('policy.activate', { key: freshKey(), policy, reason: 'short' })
    await using visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, cp, at.who)
    const { approval } = await at.agent.ask('blink', { to: 'ana@example.org' })
    await openLine(row(page, 'blink'))
    await page.locator('button.approve:enabled').waitFor()
    await page.clock.runFor(timeoutMs - 8_000)
    expect(await page.locator('button.approve').isEnabled()).toBe(true)
    await page.clock.runFor(8_000)
    await page.getByText('Its time has run out').waitFor()
    await row(page, 'blink').getByText('out of time').waitFor()
    expect(await page.locator('button.approve, button.deny').count()).toBe(0)
    // the keys are gone with them
    await pressKey(page, 'a')
    await pressKey(page, 'd')
    expect(await page.locator('.decide.form').count()).toBe(0)
    expect(await statusOf(at, approval.id)).not.toBe('approved')
    expect(visit.faults).toEqual([])
  })

  it('takes a second press where its line had scrolled away', async () => {
    const at = await desk('off-screen')
    const { approval } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    for (let n = 0; n < 19; n++) await at.agent.ask('send_email', { to: `person-${n}@example.org` })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await page.locator('.row').nth(8).waitFor()
    await page.keyboard.press('j')
    await page.locator('button.approve:enabled').waitFor()
    const list = page.locator('.queue-list .virtual')
    await list.evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await page.locator('.row.current').waitFor({ state: 'detached' })
    await pressKey(page, 'a')
    await page.getByText('It was off screen').waitFor()
    expect(await statusOf(at, approval.id)).toBe('pending')
    await page.locator('.row.current').waitFor()
    await pressKey(page, 'a')
    await until('approved', async () => (await statusOf(at, approval.id)) === 'approved')
  })
})

describe('a dialog', () => {
  it('holds what is told while it is open, within reach', async () => {
    const at = await desk('dialog')
    await at.root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('A new one').fill('too short')
    await page.getByRole('button', { name: 'Set it' }).click()
    const told = page.getByRole('dialog').locator('.notice.bad')
    await told.waitFor()
    // what is in the shade of a modal can neither be pressed nor heard
    await told.getByRole('button', { name: 'Dismiss' }).click()
    await told.waitFor({ state: 'detached' })
  })
})

describe('after a sleep', () => {
  it('[PR4] catches up by its cursor: what was decided, and what came', async () => {
    const at = await desk('sleep')
    await using proxy = await swallowingProxy(Number(new URL(cp.url).port))
    const { approval } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page, context } = visit
    await signIn(page, { ...cp, url: proxy.url, token: cp.token }, at.who)
    await openLine(row(page, 'send_email'))
    await readAll(page)
    const devtools = await context.newCDPSession(page)
    // the lid is closed: no script of the page runs, and the network forgets its connection
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    proxy.swallow('both')
    await at.root.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'while you slept' })
    await at.agent.ask('api_call', { url: 'https://example.org' })
    proxy.heal()
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await page.locator('.outcome', { hasText: 'denied by root' }).waitFor()
    await page.locator('.connection.live').waitFor()
    expect(await page.locator('.decide').count()).toBe(0)
    await page.getByRole('button', { name: /1 new/ }).click()
    await row(page, 'api_call').waitFor()
  })
})

describe('when a page wakes', () => {
  it('[PR4] a connection that died unnoticed is found out at once, not when its sign of life is missed', async () => {
    const at = await desk('wake')
    await using proxy = await swallowingProxy(Number(new URL(cp.url).port))
    const { approval } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    // the page's own clock is moved by hand: nothing is missed by itself meanwhile
    await page.clock.install()
    await signIn(page, { ...cp, url: proxy.url, token: cp.token }, at.who)
    await openLine(row(page, 'send_email'))
    await page.locator('.digest').waitFor()
    proxy.strand()
    await at.root.must('approval.deny', {
      key: freshKey(),
      ...shown(approval),
      reason: 'while you were away',
    })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    let passed = 0
    await until('it knows', async () => {
      await page.clock.runFor(500)
      passed += 500
      return (await page.locator('.outcome', { hasText: 'denied by root' }).count()) === 1
    })
    await page.locator('.connection.live').waitFor()
    // the engine misses a ping after 20 s and more
    expect(passed).toBeLessThan(15_000)
  })

  it('[PR8] what is left is by the server’s clock again, though the page’s own stood still and its connection lived', async () => {
    const at = await desk('stood-still')
    const { approval } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await page.addInitScript(() => {
      const own = performance.now.bind(performance)
      performance.now = () => own() - Number(document.documentElement?.dataset.behind ?? 0)
    })
    await signIn(page, cp, at.who)
    const left = row(page, 'send_email').locator('.countdown')
    const minutes = { d: 1_440, h: 60, m: 1, s: 1 / 60 } as const
    const wrongBy = async () => {
      const shown = ((await left.textContent()) ?? '').matchAll(/(\d+)([dhms])/g)
      const all = [...shown].map(([, count, unit]) => Number(count) * minutes[unit as keyof typeof minutes])
      const real = (Date.parse(approval.expiresAt) - Date.now()) / 60_000
      return all.reduce((sum, one) => sum + one, 0) - real
    }
    await until('it is right', async () => Math.abs(await wrongBy()) < 2)
    await page.evaluate(() => {
      document.documentElement.dataset.behind = String(90 * 60_000)
    })
    await until('it is wrong', async () => (await wrongBy()) > 25)
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await until('it is right again', async () => Math.abs(await wrongBy()) < 2)
    await page.locator('.connection.live').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('sounds only once the page may, and never late', async () => {
    const at = await desk('first-gesture')
    await using visit = await browser.open()
    const { page } = visit
    await page.addInitScript(listen)
    await page.addInitScript(() => localStorage.setItem('holdpoint.settings', '{"sound":true}'))
    // a page that was never pressed in may not sound: what it would play waits in a context that sleeps
    await page.addInitScript(() => {
      let pressed = false
      addEventListener(
        'keydown',
        () => {
          pressed = true
        },
        true,
      )
      const { resume } = AudioContext.prototype
      Object.defineProperty(AudioContext.prototype, 'state', {
        get: () => (pressed ? 'running' : 'suspended'),
      })
      AudioContext.prototype.resume = function () {
        ;(window as unknown as { resumed: number }).resumed =
          ((window as unknown as { resumed?: number }).resumed ?? 0) + 1
        return resume.call(this)
      }
    })
    await signIn(page, cp, at.who)
    const heard = () => page.evaluate(() => (window as unknown as Heard).heard.notes.length)
    const ask = async () => {
      const { approval } = await at.agent.ask('send_email', { at: freshKey() })
      await page.locator(`.row[data-id="${approval.id}"]`).waitFor()
    }
    await ask()
    expect(await heard()).toBe(0)
    await page.keyboard.press('j')
    await ask()
    await until('the notes', async () => (await heard()) === 2)
    expect(await page.evaluate(() => (window as unknown as { resumed?: number }).resumed)).toBeGreaterThan(0)
  })
})

describe('without a mouse', () => {
  it('goes through the tickets', async () => {
    const at = await desk('tickets-by-key')
    await at.agent.send('escalation.raise', { reason: 'high_risk', risk: 0.9, context: {} })
    await at.agent.send('escalation.raise', { reason: 'user_request', context: {} })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByText('Choose one').waitFor()
    const heading = (name: string) => page.getByRole('heading', { name, level: 2 })
    for (const [key, name] of [
      ['j', 'high risk'],
      ['j', 'user request'],
      ['j', 'user request'],
      ['k', 'high risk'],
    ] as const) {
      await page.keyboard.press(key)
      await heading(name).waitFor()
    }
    expect(visit.faults).toEqual([])
  })

  it('[ES5] answers a question with the number of its choice, once that choice is on the screen', async () => {
    const at = await desk('choices-by-key')
    const ask = async (question: string, choices: readonly string[]): Promise<string> =>
      (await at.agent.send('question.ask', { question, choices, blocking: false })).ticket.id
    const short = await ask('Which seat?', ['aisle', 'window'])
    const many = Array.from({ length: 20 }, (_, at) => `row ${at + 1}${' and the one behind it'.repeat(6)}`)
    const long = await ask('Which row?', many)
    const answer = async (id: string) => (await at.root.must('ticket.get', { id })).ticket.answer
    await using visit = await browser.open({ height: 500 })
    const { page } = visit
    await signIn(page, cp, at.who)
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('answer a question with that choice').waitFor()
    await page.keyboard.press('Escape')
    // nothing is looked at yet: a number is for nobody
    await pressKey(page, '2')
    await openLine(row(page, 'Which seat?'))
    const second = page.getByRole('button', { name: '“window”' })
    expect(await second.locator('.kbd').textContent()).toBe('2')
    await pressKey(page, '3')
    expect(await answer(short)).toBeUndefined()
    await pressKey(page, '2')
    await page.locator('.outcome', { hasText: 'answered by ana' }).waitFor()
    expect(await answer(short)).toBe('window')

    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await openLine(page.locator('.row', { hasText: 'Which row?' }))
    await page.locator('.answer').waitFor()
    expect(await page.locator('.choice .kbd').allTextContents()).toEqual([...'123456789'])
    await pressKey(page, '9')
    await page.locator('.notice', { hasText: 'off screen' }).waitFor()
    expect(await answer(long)).toBeUndefined()
    await pressKey(page, '9')
    await page.locator('.outcome', { hasText: 'answered by ana' }).waitFor()
    expect(await answer(long)).toBe(many[8])
    expect(visit.faults).toEqual([])
  })

  it('signs in, triages and stops everything', async () => {
    const at = await desk('keyboard')
    const { approval: first } = await at.agent.ask('send_email', { to: 'ana@example.org' })
    const { approval: second } = await at.agent.ask('send_email', { to: 'bo@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    const { keyboard } = page
    await page.goto(cp.url)
    await page.getByLabel('Your name').waitFor()
    await tabTo(page, 'Use a token')
    await keyboard.press('Enter')
    await tabTo(page, 'Your token')
    await keyboard.insertText(await cp.token({ subject: 'ana', role: 'approver', ...at.who }))
    await keyboard.press('Enter')
    await page.locator('.row').nth(1).waitFor()
    // past the header in one step, and nowhere else
    await tabTo(page, 'To the page')
    await keyboard.press('Enter')
    await page.locator('#page:focus').waitFor()
    expect(page.url()).not.toMatch(/#page$/)
    await keyboard.press('j')
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    await keyboard.press('j')
    await page.locator('button.deny:enabled').waitFor()
    await pressKey(page, 'd')
    await keyboard.type('not him')
    await keyboard.press('Enter')
    await page.locator('.outcome', { hasText: 'denied by ana' }).waitFor()
    const ends = [await statusOf(at, first.id), await statusOf(at, second.id)]
    expect(ends.toSorted()).toEqual(['approved', 'denied'])

    await tabTo(page, 'Stop all …')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Stop every agent' }).waitFor()
    await keyboard.type('the wrong person was paid')
    await keyboard.press('Tab')
    await keyboard.type('stop all')
    await keyboard.press('Enter')
    await page.locator('.order.stop', { hasText: 'every agent' }).waitFor()
    await until('the stop', () => at.agent.socket.pushes.find(({ state }) => state === 'stopped'))
    expect(visit.faults).toEqual([])
  })
})

interface Heard {
  readonly heard: { readonly notes: number[]; readonly notices: string[] }
  readonly toBack: () => void
}

/** In the page: takes down what it plays and what it notifies of, and can say that another window is in front. */
function listen(): void {
  const heard = { notes: [] as number[], notices: [] as string[] }
  let hidden = false
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (when) {
    heard.notes.push(this.frequency.value)
    return start.call(this, when)
  }
  const Real = Notification
  window.Notification = class extends Real {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options)
      heard.notices.push(`${title}: ${options?.body}`)
    }
  }
  Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') })
  const toBack = () => {
    hidden = true
    document.dispatchEvent(new Event('visibilitychange'))
  }
  Object.assign(window, { heard, toBack })
}
