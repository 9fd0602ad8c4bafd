import { builtInPolicy, newId, type PersonRole, type Policy } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { pressKey, readAll, row, signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

interface Asked {
  readonly id: string
  /** The approval as it stands now. */
  now(): Promise<Record<string, unknown>>
}

/** An agent that asks for one action and waits; `earned`: so many successes before. */
async function asks(
  cp: Harness,
  subject: string,
  action: string,
  args: unknown,
  { earned = 0, ...more }: Record<string, unknown> & { readonly earned?: number } = {},
): Promise<Asked> {
  const agent = await startAgent(await cp.agentSocket({ subject }))
  for (let at = 0; at < earned; at++) {
    const read = await agent.ask('read_file', { path: `notes/${at}.md` })
    await agent.begin(read.action)
    await agent.report(read.action.id)
  }
  const asked = await agent.socket.must('action.request', {
    key: freshKey(),
    epoch: agent.epoch,
    action,
    args,
    ...more,
  })
  const id = String(asked.approval.id)
  const eyes = await cp.operatorSocket({ subject: `eyes-of-${newId().slice(-6)}`, role: 'viewer' })
  return { id, now: async () => (await eyes.must('approval.get', { id })).approval }
}

const withRefunds: Policy = {
  ...builtInPolicy,
  version: 'refunds-1',
  catalogue: {
    ...builtInPolicy.catalogue,
    refund: {
      level: 'required',
      class: 'external_api',
      args: {
        type: 'object',
        properties: {
          order: { type: 'string', title: 'Order', pattern: '^[A-Z]-[0-9]+$' },
          amount: { type: 'number', minimum: 0, maximum: 100, description: 'In euros' },
          reason: { enum: ['damaged', 'late', 'lost'] },
          tags: { type: 'array', items: { type: 'string' } },
        },
        required: ['order', 'amount'],
      },
    },
  },
}

const becomes = (asked: Asked, status: string) =>
  until(`${status}`, async () => {
    const view = await asked.now()
    return view.status === status && view
  })

interface Looking extends AsyncDisposable {
  readonly cp: Harness
  readonly asked: Asked
  readonly page: Page
  readonly faults: readonly string[]
}

/** A server, an agent that asks, and ana before the card of what it asked for. */
async function looking(
  action: string,
  args: unknown,
  { role = 'approver', cp: given, more }: { role?: PersonRole; cp?: Harness; more?: object } = {},
): Promise<Looking> {
  const cp = given ?? (await controlPlane())
  const asked = await asks(cp, 'mailer', action, args, { ...more })
  const { page, faults, ...visit } = await browser.open()
  await signIn(page, cp, { role })
  await row(page, action).waitFor()
  await page.keyboard.press('j')
  await page.locator('.digest').waitFor()
  return {
    cp,
    asked,
    page,
    faults,
    async [Symbol.asyncDispose]() {
      await visit[Symbol.asyncDispose]()
      if (!given) await cp[Symbol.asyncDispose]()
    },
  }
}

describe('the console at /', () => {
  it('[ID4] runs and loads nothing but its own files, and says how long they may be kept', async () => {
    await using cp = await controlPlane()
    const page = await fetch(`${cp.url}/`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).not.toMatch(/unsafe|\*|http/)
    expect(policy).toContain("default-src 'none'")
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const [script] = /\/assets\/[^"]+\.js/.exec(await page.text()) ?? []
    const asset = await fetch(`${cp.url}${script}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-encoding')).toBe('gzip')
    const again = await fetch(`${cp.url}/`, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it('refuses a token that is none, and keeps none', async () => {
    await using cp = await controlPlane()
    await using visit = await browser.open()
    const { page } = visit
    await page.goto(cp.url)
    await page.getByRole('button', { name: 'Use a token' }).click()
    await page.getByLabel('Your token').fill('nonsense')
    await page.keyboard.press('Enter')
    await page.getByText('not a person’s token').waitFor()
    // by keyboard alone: the field has the focus from the start
    await page.reload()
    await page.getByLabel('Your name').waitFor()
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
    await page.getByLabel('Your token').waitFor()
    await page.keyboard.insertText(await cp.token({ subject: 'ana', role: 'approver' }))
    await page.keyboard.press('Enter')
    await page.locator('.connection.live').waitFor()
    const kept = await page.evaluate(() =>
      JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]),
    )
    expect(kept).not.toMatch(/eyJ/)
    expect(visit.faults).toEqual([])
  })
})

describe('triage by keyboard', () => {
  it('[AP4][AP9] approves what was read whole, with the digest made in the browser', async () => {
    await using card = await looking(
      'send_email',
      { to: 'ana@example.org', text: 'Hello!' },
      { more: { summary: 'A greeting', earned: 3 } },
    )
    const { asked, page } = card
    await page.getByRole('heading', { name: 'send_email' }).waitFor()
    await page.locator('.facts .trend.rising', { hasText: /\+0\.0[1-9]/ }).waitFor()
    const { digest } = await asked.now()
    expect(await page.locator('.digest code').textContent()).toBe(digest)
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    expect(await becomes(asked, 'approved')).toMatchObject({ decidedBy: 'ana' })
    await page.getByText('approved by ana').first().waitFor()
    expect(card.faults).toEqual([])
  })

  it('[AP4] denying always asks for a reason, and letters that are written are letters', async () => {
    await using card = await looking('send_email', { to: 'bo@example.org' })
    const { asked, page } = card
    await page.locator('button.deny:enabled').waitFor()
    await pressKey(page, 'd')
    await page.keyboard.press('Enter')
    await page.keyboard.type('a bad idea: jade')
    expect(await asked.now()).toMatchObject({ status: 'pending' })
    await page.keyboard.press('Enter')
    expect(await becomes(asked, 'denied')).toMatchObject({ reason: 'a bad idea: jade', decidedBy: 'ana' })
  })

  it('[AP10] nothing is released before all of it was on screen', async () => {
    await using card = await looking('send_email', {
      lines: Array.from({ length: 400 }, (_, at) => `line ${at}`),
    })
    const { asked, page } = card
    await page.locator('.digest').waitFor()
    await pressKey(page, 'a')
    await page.getByText('Look at all of it first').first().waitFor()
    // a jump to the end leaves the middle unseen
    await page.locator('.card-body').evaluate((body) => body.scrollTo(0, body.scrollHeight))
    await page.getByText('% has been on screen').waitFor()
    expect(await page.locator('button.approve').isDisabled()).toBe(true)
    await readAll(page)
    await page.locator('button.approve:enabled').click()
    expect(await becomes(asked, 'approved')).toMatchObject({ decidedBy: 'ana' })
  })

  it('edits the arguments as JSON, and shows what differs before it is released', async () => {
    await using card = await looking('send_email', { to: 'ana@example.org', text: 'Hello!' })
    const { asked, page } = card
    await page.locator('button.edit:enabled').waitFor()
    await pressKey(page, 'e')
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    const box = page.getByLabel('Arguments, as JSON')
    await box.fill('{"to":')
    await page.getByText('Not JSON').waitFor()
    await box.fill('{"to":"ana@example.org","text":"Hello, Ana!"}')
    await page.locator('.differences', { hasText: '/text' }).waitFor()
    await page.getByRole('button', { name: 'Approve with these edits' }).click()
    expect(await becomes(asked, 'approved')).toMatchObject({
      canonical: '{"action":"send_email","args":{"text":"Hello, Ana!","to":"ana@example.org"}}',
    })
  })

  it('[AP4] edits in a form that the schema makes, says what does not fit, and shows what differs', async () => {
    await using cp = await controlPlane()
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    await root.must('policy.activate', { key: freshKey(), policy: withRefunds, reason: 'refunds' })
    await using card = await looking(
      'refund',
      { order: 'A-7', amount: 40.5, tags: ['late'], internal: { from: 'shop' } },
      { cp },
    )
    const { asked, page } = card
    // the arguments under the schema's names, with what it does not know and what it was not given
    const args = page.locator('.bytes .args').first()
    await args.locator('.arg', { hasText: 'Order' }).getByText('"A-7"').waitFor()
    await args.locator('.arg', { hasText: 'In euros' }).waitFor()
    await args.locator('.arg', { hasText: 'internal' }).getByText('not in the schema').waitFor()
    await args.locator('.arg.absent', { hasText: 'reason' }).getByText('not given').waitFor()
    await page.locator('button.edit:enabled').waitFor()
    await pressKey(page, 'e')
    // the first input has the focus, and the keys that decide do not act in it
    await page.keyboard.type('d')
    const order = page.getByLabel('Order', { exact: true })
    await order.and(page.locator(':focus')).waitFor()
    await page.keyboard.type('d')
    expect(await order.inputValue()).toMatch(/^A-7dd?$/)
    await page.getByLabel('Order', { exact: true }).fill('A-7')
    const approve = page.getByRole('button', { name: 'Approve with these edits' })
    expect(await approve.isDisabled()).toBe(true)
    const amount = page.getByLabel('amount')
    await amount.fill('120')
    await page.locator('.wrong', { hasText: 'must be 100 or less' }).waitFor()
    expect(await approve.isDisabled()).toBe(true)
    await amount.fill('thirty')
    await page.getByText('amount must be number').waitFor()
    await amount.fill('30')
    await page.getByLabel('reason').selectOption('damaged')
    await page.getByRole('button', { name: 'Add one' }).click()
    await page.getByLabel('2', { exact: true }).fill('vip\u202E')
    // what hides in a text is shown beside its input, too
    await page.locator('.as-it-is', { hasText: 'U+202E' }).waitFor()
    await page.getByLabel('2', { exact: true }).fill('vip')
    await page.getByLabel('from').fill('desk')
    await page.locator('.differences li').nth(3).waitFor()
    expect(await page.locator('.differences code').allTextContents()).toEqual([
      '/amount',
      '/internal/from',
      '/tags/1',
      '/reason',
    ])
    // the same text, whichever way it is edited
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    expect(JSON.parse(await page.getByLabel('Arguments, as JSON').inputValue())).toMatchObject({ amount: 30 })
    await page.getByRole('button', { name: 'Form', exact: true }).click()
    await approve.click()
    const approved = await becomes(asked, 'approved')
    expect(JSON.parse(String(approved.canonical)).args).toEqual({
      order: 'A-7',
      amount: 30,
      reason: 'damaged',
      tags: ['late', 'vip'],
      internal: { from: 'desk' },
    })
    expect(card.faults).toEqual([])
  })

  it('responds instead of running it', async () => {
    await using card = await looking('send_email', { to: 'ana@example.org' })
    const { asked, page } = card
    await page.locator('button.respond:enabled').waitFor()
    await pressKey(page, 'r')
    await page.keyboard.type('Ana has left; write to Bo')
    await page.keyboard.press('Enter')
    expect(await becomes(asked, 'denied')).toMatchObject({ response: 'Ana has left; write to Bo' })
  })

  it('what is grave takes its target, typed', async () => {
    await using card = await looking('delete_data', { path: '/srv/old' }, { role: 'admin' })
    const { asked, page } = card
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    const typed = page.getByLabel('to release it')
    await typed.fill('/srv/new')
    expect(await page.locator('button.approve').isDisabled()).toBe(true)
    await typed.fill('/srv/old')
    await page.keyboard.press('Enter')
    expect(await becomes(asked, 'approved')).toMatchObject({ decidedBy: 'ana' })
  })

  it('[SF1] a payment takes its target and a fresh code of the second factor', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const root = await cp.operatorSocket({ subject: 'root' })
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    const app = await enrolFactor(await cp.operatorSocket({ subject: 'ana', role: 'approver' }), () =>
      clock.now(),
    )
    await using card = await looking('payment', { to: 'DE89 3704', amount: '12.00' }, { cp })
    const { asked, page, faults } = card
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    await page.getByLabel('to release it').fill('DE89 3704')
    const code = page.getByLabel('Six digits of your second factor')
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code')
    // the code of this step was spent on enrolling
    await code.fill(app.code(clock.now()))
    await page.keyboard.press('Enter')
    await page.locator('.notice.bad', { hasText: 'second factor' }).waitFor()
    expect(await asked.now()).toMatchObject({ status: 'pending' })
    await clock.advance(30_000)
    await code.fill(app.code(clock.now()))
    await page.keyboard.press('Enter')
    expect(await becomes(asked, 'approved')).toMatchObject({ decidedBy: 'ana' })
    expect(faults).toEqual([])
  })

  it('a new arrival never moves what is under the cursor', async () => {
    await using cp = await controlPlane()
    await asks(cp, 'first', 'send_email', { to: 'a@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'send_email').waitFor()
    await page.keyboard.press('j')
    const before = await page.locator('.row.current').boundingBox()
    // sooner due than what is there: it belongs above
    await asks(cp, 'second', 'api_call', { url: 'https://example.org' })
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await page.locator('.row').count()).toBe(1)
    await page.keyboard.press('.')
    await row(page, 'api_call').waitFor()
    expect(await page.locator('.row').allTextContents()).toEqual([
      expect.stringContaining('api_call'),
      expect.stringContaining('send_email'),
    ])
    expect(await page.locator('.row.current').textContent()).toContain('send_email')
    expect(before).not.toBeNull()
  })

  it('[AP2] decided elsewhere is shown as who, what and when, and takes the buttons away', async () => {
    await using card = await looking('send_email', { to: 'ana@example.org' })
    const { asked, cp, page } = card
    await page.locator('button.deny:enabled').waitFor()
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver' })
    const { id, revision, digest } = (await asked.now()) as { id: string; revision: number; digest: string }
    await bo.must('approval.deny', { key: freshKey(), id, revision, digest, reason: 'not today' })
    await page.locator('.outcome', { hasText: /denied by bo at .*: “not today”/ }).waitFor()
    expect(await page.locator('.decide').count()).toBe(0)
    expect(await page.locator('.notice').count()).toBe(0)
  })

  it('[ES1] an escalation is told of above all that is due sooner, whatever is filtered, and each press opens another', async () => {
    await using cp = await controlPlane()
    await asks(cp, 'mailer', 'send_email', { to: 'ana@example.org' })
    const payer = await startAgent(await cp.agentSocket({ subject: 'payer' }))
    await payer.send('question.ask', { question: 'Which account?', blocking: false })
    await using visit = await browser.open({ phone: true, width: 390, height: 800 })
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'send_email').waitFor()
    const told = page.getByRole('status').filter({ hasText: 'escalation' })
    expect(await told.count()).toBe(0)
    const before = await row(page, 'send_email').boundingBox()
    const escalate = async (reason: string) =>
      (await payer.send('escalation.raise', { reason, context: {}, blocking: false })).ticket.id as string
    await escalate('odd_supplier')
    await told.getByRole('button', { name: '1 escalation' }).waitFor()
    expect(await row(page, 'send_email').boundingBox()).toEqual(before)
    await page.getByRole('searchbox').fill('nothing is called that')
    await row(page, 'send_email').waitFor({ state: 'detached' })
    await told.getByRole('button').tap()
    await page.getByRole('heading', { name: 'odd supplier' }).waitFor()
    await page.getByRole('button', { name: 'All that waits' }).tap()
    const second = await escalate('odd_customer')
    await told.getByRole('button', { name: '2 escalations' }).tap()
    const first = await page.locator('.card h2').textContent()
    await page.getByRole('button', { name: 'All that waits' }).tap()
    expect(first).toMatch(/odd/)
    // hers now, and hers still to do
    const ana = await cp.operatorSocket({ subject: 'ana', role: 'approver' })
    await ana.must('ticket.acknowledge', { key: freshKey(), id: second })
    await told.getByRole('button', { name: '1 escalation' }).waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[ID5] who has no second factor hears so before they type what a release takes', async () => {
    await using cp = await controlPlane()
    await asks(cp, 'payer', 'payment', { to: 'ACME', amount: 120 })
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    const release = async (page: Page) => {
      await row(page, 'payment').waitFor()
      await page.keyboard.press('j')
      await readAll(page)
      await page.locator('button.approve:enabled').click()
      await page.getByLabel('Six digits of your second factor').fill('123456')
      await page.getByLabel('Type ACME').fill('ACME')
    }
    const opened = async (words: RegExp) => {
      await using visit = await browser.open()
      await signIn(visit.page, cp)
      await release(visit.page)
      await visit.page.getByRole('status').filter({ hasText: words }).waitFor()
      expect(await visit.page.locator('form button.approve').isDisabled()).toBe(true)
    }
    await opened(/You are not registered.*ask an admin/)
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    await using visit = await browser.open()
    await signIn(visit.page, cp)
    await release(visit.page)
    await visit.page
      .getByRole('status')
      .filter({ hasText: /no second factor yet: get one in Settings/ })
      .waitFor()
    expect(await visit.page.locator('form button.approve').isDisabled()).toBe(true)
    await enrolFactor(await cp.operatorSocket({ subject: 'ana', role: 'approver' }), () => cp.clock.now())
    // as on the way back from another tab, with all that was typed still there
    await visit.page.evaluate(() => dispatchEvent(new Event('focus')))
    await visit.page.locator('form button.approve:enabled').waitFor()
  })

  it('[ID5] who got a second factor meanwhile types its code, and is no longer told that they have none', async () => {
    await using cp = await controlPlane()
    await asks(cp, 'payer', 'payment', { to: 'ACME', amount: 120 })
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'payment').waitFor()
    await page.keyboard.press('j')
    await readAll(page)
    await page.locator('button.approve:enabled').click()
    await page.getByLabel('Type ACME').fill('ACME')
    await page
      .getByRole('status')
      .filter({ hasText: /no second factor yet/ })
      .waitFor()
    await enrolFactor(await cp.operatorSocket({ subject: 'ana', role: 'approver' }), () => cp.clock.now())
    await page.getByLabel('Six digits of your second factor').fill('123456')
    await page.locator('form button.approve:enabled').waitFor()
  })

  it('single-letter keys can be switched off', async () => {
    await using cp = await controlPlane()
    await asks(cp, 'mailer', 'send_email', { to: 'ana@example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await row(page, 'send_email').waitFor()
    await page.keyboard.press('?')
    await page.getByLabel('Single-letter keys are on').uncheck()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    await page.keyboard.press('?')
    // what takes a modifier stays, and shows that the letters before it had their time
    await page.keyboard.press('Control+k')
    await page.getByRole('heading', { name: 'Go to' }).waitFor()
    expect(await page.locator('dialog').count()).toBe(1)
    expect(await page.locator('.row.current').count()).toBe(0)
  })
})
