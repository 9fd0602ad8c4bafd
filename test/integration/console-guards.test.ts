import { type Digest, digestOf } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, pressKey, row, signIn } from '../harness/console-page.ts'
import { enrolFactor } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

/** Codes of the second factor change with its steps, not with the machine's. */
const clock = manualClock()
const { browser, cp } = browserAndServer({ clock })

async function desk(tenant: string, owner?: string) {
  const root = await cp.operatorSocket({ subject: 'root', role: 'admin', tenant })
  const identity = { subject: 'mailer', tenant, ...(owner !== undefined && { owner }) }
  const agent = await startAgent(await cp.agentSocket(identity))
  const ask = async (action: string, args: unknown) =>
    (await agent.ask(action, args, { blocking: false })).approval
  const now = async (id: string) => (await root.must('approval.get', { id })).approval
  return { root, agent, who: { tenant }, ask, now }
}

const open = (page: Page, action: string) => openLine(row(page, action))

/** Stands between page and server, and may change or keep back what the server says. */
async function between(page: Page, alter: (message: string) => string | undefined, sent = (_: string) => {}) {
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((message) => {
      sent(String(message))
      server.send(message)
    })
    server.onMessage((message) => {
      const passed = alter(String(message))
      if (passed !== undefined) socket.send(passed)
    })
  })
}

/** In the page: what is waited for ten seconds, as an answer is, is waited for two. */
function waitShorter(): void {
  const { setTimeout: real } = window
  const shorter = (run: () => void, ms = 0) => real(run, ms === 10_000 ? 2_000 : ms)
  Object.assign(window, { setTimeout: shorter })
}

describe('keys that were meant for something else', () => {
  it('[AP9] words typed where no field has the focus decide nothing, and open no form that would take the rest of them', async () => {
    const at = await desk('typed')
    const { id } = await at.ask('api_call', { url: 'https://example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await row(page, 'api_call').waitFor()
    // without anything open, a decision has nothing to be about
    await pressKey(page, 'a')
    await page.getByText('Nothing is open').waitFor()
    // j opens it; an a among other letters, though all of it was seen, is no decision
    await page.keyboard.press('j')
    await page.locator('button.approve:enabled').waitFor()
    await page.keyboard.type('thanks a lot, do it')
    await page.getByText('look at it, then press the key again').waitFor()
    await page.keyboard.type('k, reject')
    expect(await page.locator('.decide.form').count()).toBe(0)
    expect((await at.now(id)).status).toBe('pending')
    // looked at, it is one
    await until('it is released', async () => {
      await pressKey(page, 'a')
      return (await at.now(id)).status === 'approved'
    })
    expect(visit.faults).toEqual([])
  })
})

describe('what was read for a line', () => {
  it('[AP9] is on its card at once, and decided on without being read again', async () => {
    const at = await desk('ahead')
    const { id } = await at.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    let isCut = false
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => {
        if (!(isCut && String(message).includes('["approval.get"'))) server.send(message)
      })
    })
    await signIn(page, cp, at.who)
    await row(page, 'send_email').getByText('"ana@example.org"').waitFor()
    isCut = true
    await page.keyboard.press('j')
    await page.locator('.digest').waitFor()
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    await until('it is released', async () => (await at.now(id)).status === 'approved')
    expect(visit.faults).toEqual([])
  })
})

describe('while a decision has no answer yet', () => {
  /** Between page and server a line that is slow to bring back decisions, and what others see of them, until it is let go. */
  async function slow(page: Page) {
    let held: (() => void)[] | undefined = []
    const asked = new Set<string>()
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => {
        const [, number] = /^42\/operator,(\d+)\["approval\.(?:approve|deny)",/.exec(String(message)) ?? []
        if (number !== undefined) asked.add(number)
        server.send(message)
      })
      server.onMessage((message) => {
        const [, number = ''] = /^43\/operator,(\d+)\[/.exec(String(message)) ?? []
        const pass = () => socket.send(message)
        const isNews = /^42[^[]*\["feed"/.test(String(message))
        if (held && (isNews || asked.has(number))) held.push(pass)
        else pass()
      })
    })
    return {
      asked: () => asked.size,
      letGo() {
        for (const pass of held?.splice(0) ?? []) pass()
        held = undefined
      },
    }
  }

  async function two(tenant: string, page: Page) {
    const at = await desk(tenant)
    const first = await at.ask('api_call', { url: 'https://example.org/first' })
    const second = await at.ask('api_call', { url: 'https://example.org/second' })
    const line = await slow(page)
    await signIn(page, cp, at.who)
    await row(page, 'api_call').nth(1).waitFor()
    await page.keyboard.press('j')
    await page.locator(`.card[data-id="${first.id}"] button.approve:enabled`).waitFor()
    return { at, first, second, line }
  }

  it('[AP2] the next one is decided, and what is written about it stays when the answer to the first one comes', async () => {
    await using visit = await browser.open()
    const { page } = visit
    const { at, first, second, line } = await two('slow', page)
    await pressKey(page, 'a')
    await until('the first is released', async () => (await at.now(first.id)).status === 'approved')
    await page.keyboard.press('j')
    await page.locator(`.card[data-id="${second.id}"] button.deny:enabled`).waitFor()
    await pressKey(page, 'd')
    await page.keyboard.type('not to')
    line.letGo()
    await page.locator('.notice.good', { hasText: 'approved' }).waitFor()
    // were the form gone, this one would be a key that releases it
    await page.keyboard.type('a stranger')
    expect(await page.getByRole('textbox', { name: 'Why not?' }).inputValue()).toBe('not toa stranger')
    expect((await at.now(second.id)).status).toBe('pending')
    await page.keyboard.press('Enter')
    await until('the second is denied', async () => (await at.now(second.id)).reason === 'not toa stranger')
    expect(visit.faults).toEqual([])
  })

  it('[AP2] what was sent is no form to write in: the keys go on to the next one, and nothing is sent twice', async () => {
    await using visit = await browser.open()
    const { page } = visit
    const { at, first, second, line } = await two('slow-reason', page)
    await pressKey(page, 'd')
    await page.keyboard.type('no')
    await page.keyboard.press('Enter')
    await until('it is sent', () => line.asked() === 1)
    await page.locator('.written:disabled').waitFor()
    // the same again is not sent twice, and says so
    await page.keyboard.press('Escape')
    await pressKey(page, 'd')
    await page.locator('.notice', { hasText: 'on its way' }).waitFor()
    await page.keyboard.press('j')
    await page.locator(`.card[data-id="${second.id}"] button.approve:enabled`).waitFor()
    await pressKey(page, 'a')
    await until('the second is released', async () => (await at.now(second.id)).status === 'approved')
    expect(await at.now(first.id)).toMatchObject({ status: 'denied', reason: 'no' })
    line.letGo()
    await page.locator('.notice.good', { hasText: 'denied' }).waitFor()
    expect(line.asked()).toBe(2)
    expect(visit.faults).toEqual([])
  })
})

describe('what comes to the page is not believed', () => {
  it('[AP9] bytes that do not have their digest are doubted: nothing can be decided on them, by button or by key', async () => {
    const at = await desk('altered')
    const { id } = await at.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    let honest = false
    await between(page, (message) =>
      honest || !message.includes('"canonical"') ? message : message.replaceAll('ana@', 'eve@'),
    )
    await signIn(page, cp, at.who)
    await open(page, 'send_email')
    await page.locator('.problem', { hasText: 'Do not decide on this.' }).waitFor()
    expect(await page.locator('.decide button:enabled').count()).toBe(0)
    for (const key of ['a', 'd', 'e', 'r']) await pressKey(page, key)
    expect(await page.locator('.decide.form').count()).toBe(0)
    expect(await page.locator('.card', { hasText: 'eve@' }).count()).toBe(0)
    honest = true
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.locator('.call', { hasText: 'ana@example.org' }).waitFor()
    await page.locator('button.approve:enabled').waitFor()
    expect(await at.now(id)).toMatchObject({ status: 'pending' })
  })

  it('[AP9] bytes with a digest of their own are released as what was shown, which the server never had', async () => {
    const at = await desk('forged')
    const { id, digest } = await at.ask('send_email', { to: 'ana@example.org' })
    const forged: Digest = digestOf('{"action":"send_email","args":{"to":"eve@example.org"}}')
    await using visit = await browser.open()
    const { page } = visit
    await between(page, (message) => message.replaceAll('ana@', 'eve@').replaceAll(digest, forged))
    await signIn(page, cp, at.who)
    await open(page, 'send_email')
    await page.locator('.digest code', { hasText: forged }).waitFor()
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    await page.locator('.notice.bad', { hasText: 'changed since it was shown' }).waitFor()
    expect(await at.now(id)).toMatchObject({ status: 'pending' })
  })

  it('[PR2] a decision whose answer is lost is unknown, asked again under its key, and done once', async () => {
    const at = await desk('unanswered')
    const { id } = await at.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    const keys: string[] = []
    let swallowed: string | undefined
    await between(
      page,
      (message) => (swallowed !== undefined && message.startsWith(swallowed) ? undefined : message),
      (message) => {
        const [, number, key] =
          /^42\/operator,(\d+)\["approval\.approve",.*"key":"([^"]+)"/.exec(message) ?? []
        if (number === undefined || key === undefined) return
        keys.push(key)
        // the first answer alone is lost
        swallowed = keys.length === 1 ? `43/operator,${number}[` : undefined
      },
    )
    await signIn(page, cp, at.who)
    await open(page, 'send_email')
    await page.locator('button.approve:enabled').waitFor()
    await page.evaluate(waitShorter)
    await pressKey(page, 'a')
    await until('done there', async () => (await at.now(id)).status === 'approved')
    // it was not taken for done, nor for refused, and nobody is asked to do it once more
    if (keys.length === 1) expect(await page.locator('.decide button:enabled').count()).toBe(0)
    await page.locator('.notice.good', { hasText: 'send_email by mailer approved' }).waitFor()
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    expect(await page.locator('.notice.bad').count()).toBe(0)
    expect(keys.length).toBeGreaterThan(1)
    expect(new Set(keys).size).toBe(1)
    const { events } = await at.root.must('history.list', { type: 'approval.approved' })
    expect(events).toHaveLength(1)
  })
})

describe('what was not read is not released', () => {
  it('[AP10] a long card is read to its end with one key, and the key that approves does nothing before', async () => {
    const at = await desk('long')
    const { id } = await at.ask('send_email', { lines: Array.from({ length: 200 }, (_, n) => `line ${n}`) })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await row(page, 'send_email').waitFor()
    await page.keyboard.press('j')
    await page.locator('.digest').waitFor()
    const part = async () => (await page.locator('.decide .why-not').textContent()) ?? ''
    await until('the beginning', async () => (await part()).includes('% has been on screen'))
    let presses = 0
    for (; (await page.locator('button.approve:enabled').count()) === 0; presses += 1) {
      const before = await part()
      await pressKey(page, 'a')
      await page.keyboard.press('Enter')
      await until('more of it', async () => (await part()) !== before)
    }
    expect(presses).toBeGreaterThan(4)
    expect(await at.now(id)).toMatchObject({ status: 'pending' })
    await pressKey(page, 'a')
    await page.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    expect(visit.faults).toEqual([])
  })
})

describe('who may not decide is told so before they try', () => {
  it('[ID2] by their role: a viewer looks on, an operator denies and does not release', async () => {
    const at = await desk('roles')
    const { id } = await at.ask('send_email', { to: 'ana@example.org' })
    await using first = await browser.open()
    await using second = await browser.open()
    const [viewer, operator] = [first.page, second.page]
    await signIn(viewer, cp, { subject: 'vi', role: 'viewer', ...at.who })
    await signIn(operator, cp, { subject: 'oz', role: 'operator', ...at.who })
    for (const page of [viewer, operator]) {
      await page.getByRole('button', { name: 'Mine 0' }).waitFor()
      await page.getByRole('button', { name: 'All 1' }).click()
      await open(page, 'send_email')
      await page.locator('.digest').waitFor()
    }
    await viewer.getByText('Your role looks on; it decides nothing.').waitFor()
    expect(await viewer.locator('.decide button').count()).toBe(0)
    for (const key of ['a', 'd']) await pressKey(viewer, key)
    expect(await viewer.locator('.decide.form').count()).toBe(0)
    await operator
      .getByText('Level required is released by the role approver and up; yours is operator.')
      .waitFor()
    expect(
      await operator.locator('button.approve, button.edit').and(operator.locator(':enabled')).count(),
    ).toBe(0)
    await pressKey(operator, 'd')
    await operator.getByLabel('Why not?').fill('not him')
    await operator.keyboard.press('Enter')
    await viewer.locator('.outcome', { hasText: 'denied by oz' }).waitFor()
    expect(await at.now(id)).toMatchObject({ status: 'denied', reason: 'not him' })
    expect([...first.faults, ...second.faults]).toEqual([])
  })

  it('[PO1] while the agent is held nobody decides, and the owner of an agent is told who must', async () => {
    const at = await desk('held', 'ana')
    for (const id of ['ana', 'bo'])
      await at.root.must('person.add', { key: freshKey(), id, role: 'approver' })
    const target = { agent: 'mailer' }
    await at.root.must('agent.pause', { key: freshKey(), target, reason: 'lunch' })
    const { id } = await at.ask('send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await page.getByRole('button', { name: 'All 1' }).click()
    await open(page, 'send_email')
    await page.getByText('Held: resume the agent, then policy decides it anew.').waitFor()
    expect(await page.locator('.decide button').count()).toBe(0)
    for (const key of ['a', 'd']) await pressKey(page, key)
    expect(await page.locator('.decide.form').count()).toBe(0)
    await at.root.must('agent.resume', { key: freshKey(), target, reason: 'back' })
    await page.locator('button.approve:enabled').waitFor()
    // AP6: it is hers
    await pressKey(page, 'a')
    const notice = page.locator('.notice.bad', {
      hasText: 'You own this agent, so somebody else must release',
    })
    await notice.getByRole('link', { name: 'send_email by mailer' }).waitFor()
    expect(await at.now(id)).toMatchObject({ status: 'pending' })
    // asked once, it is known: it is no longer among what waits for her, and why stands where the decision would be
    await page.getByText('somebody else must release it; you can deny it').waitFor()
    await page.getByRole('button', { name: 'Mine 0' }).waitFor()
    await page.locator('button.deny:enabled').waitFor()
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver', ...at.who })
    await bo.must('approval.approve', { key: freshKey(), ...shown(await at.now(id)) })
    // why it failed before is of no more use
    await notice.waitFor({ state: 'detached' })
    expect(visit.faults).toEqual([])
  })

  it('[SF3] five wrong codes lock the factor, which is said where the code is asked for and in the settings', async () => {
    const at = await desk('locked')
    await at.root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    const own = await cp.operatorSocket({ subject: 'ana', role: 'approver', ...at.who })
    const app = await enrolFactor(own, () => clock.now())
    await clock.advance(30_000)
    const { id } = await at.ask('payment', { to: 'DE89', amount: '12.00' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await open(page, 'payment')
    await page.locator('button.approve:enabled').click()
    await page.getByLabel('to release it').fill('DE89')
    const code = page.getByLabel('Six digits of your second factor')
    const right = app.code(clock.now())
    const wrong = Array.from({ length: 5 }, (_, n) =>
      String((Number(right) + 1_000 * (n + 1)) % 1_000_000).padStart(6, '0'),
    )
    const told: string[] = []
    for (const one of [...wrong, right]) {
      await code.fill(one)
      await page.keyboard.press('Enter')
      const notice = page.locator('.notice.bad')
      told.push((await notice.textContent()) ?? '')
      await notice.getByLabel('Dismiss').click()
      await notice.waitFor({ state: 'detached' })
    }
    // the right one comes too late
    expect(told.at(-1)).toMatch(/locked/)
    expect(await at.now(id)).toMatchObject({ status: 'pending' })
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByText(/Locked until \d/).waitFor()
    expect(visit.faults).toEqual([])
  })
})
