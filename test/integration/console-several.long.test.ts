import { builtInPolicy, type Policy } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { holdNews, openLine, pressKey, readAll, signIn } from '../harness/console-page.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import type { Ack, RawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

const { browser, cp } = browserAndServer()

interface Desk {
  readonly root: RawSocket
  readonly who: { readonly tenant: string }
  ask(action: string, args: unknown, more?: Record<string, unknown>): Promise<{ readonly id: string }>
  agent: RawAgent
  now(id: string): Promise<Ack>
}

/** A tenant of its own, where some actions take several people. */
async function desk(tenant: string): Promise<Desk> {
  const root = await cp.operatorSocket({ subject: 'root', role: 'admin', tenant })
  const policy: Policy = {
    ...builtInPolicy,
    version: 'several-1',
    catalogue: {
      ...builtInPolicy.catalogue,
      transfer: { level: 'required', class: 'external_api', approvals: 2 },
      publish: { level: 'required', class: 'external_api', denials: 2 },
    },
  }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'several people' })
  const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', tenant }))
  return {
    root,
    agent,
    who: { tenant },
    ask: async (action, args, more) => (await agent.ask(action, args, { blocking: false, ...more })).approval,
    now: async (id) => (await root.must('approval.get', { id })).approval,
  }
}

const line = (page: Page, id: string) => page.locator(`.row[data-id="${id}"]`)

/** Opens it and, where it is short, thereby has all of it on screen. */
async function open(page: Page, id: string): Promise<void> {
  await openLine(line(page, id))
  await page.locator(`.card[data-id="${id}"] .digest`).waitFor()
}

interface Pair extends AsyncDisposable {
  readonly ana: Page
  readonly bo: Page
  /** Of either page, so far. */
  faults(): readonly string[]
}

/** Ana and Bo, each signed in in a browser of their own. */
async function twoPeople({ who }: Desk): Promise<Pair> {
  const [first, second] = [await browser.open(), await browser.open()]
  await signIn(first.page, cp, { subject: 'ana', ...who })
  await signIn(second.page, cp, { subject: 'bo', ...who })
  return {
    ana: first.page,
    bo: second.page,
    faults: () => [...first.faults, ...second.faults],
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]()
      await second[Symbol.asyncDispose]()
    },
  }
}

describe('several at once', () => {
  it('[AP9] approves with one press those that were looked at and take no more; the others are named, and why', async () => {
    const at = await desk('batch')
    const mails = [await at.ask('send_email', { to: 'ana' }), await at.ask('send_email', { to: 'bo' })]
    const call = await at.ask('api_call', { url: 'https://example.org' })
    const released = [...mails, call].map(({ id }) => id)
    const payment = await at.ask('payment', { to: 'DE89', amount: '12.00' })
    const risky = await at.ask('send_email', { to: 'cy' }, { risk: 0.9 })
    const pair = await at.ask('transfer', { to: 'DE12' })
    const long = await at.ask('send_email', { lines: Array.from({ length: 400 }, (_, n) => `line ${n}`) })
    const asked = await at.agent.send('question.ask', { question: 'Which one?', blocking: false })
    const left = [payment.id, risky.id, pair.id, long.id, asked.ticket.id]
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, at.who)
    await line(page, long.id).waitFor()
    for (const id of [...released, ...left]) {
      await openLine(line(page, id))
      await page.locator(id === asked.ticket.id ? '.answer' : `.card[data-id="${id}"] .digest`).waitFor()
      await page.keyboard.press('x')
      await line(page, id).getByRole('checkbox', { checked: true }).waitFor()
    }
    const bar = page.getByRole('form', { name: 'Selected' })
    await bar.getByText('8 selected').waitFor()
    const why = bar.getByRole('list', { name: 'Not approved with one press' }).locator('li')
    await bar.getByRole('button', { name: 'Approve 3 looked at' }).waitFor()
    expect((await why.allTextContents()).toSorted()).toEqual([
      'payment by mailer Takes your second factor.',
      'question by mailer Is answered by itself.',
      'send_email by mailer Look at all of it first.',
      'send_email by mailer Takes its target, typed.',
      'transfer by mailer Takes 2 people: sign it by itself.',
    ])
    await bar.getByRole('button', { name: 'Approve 3 looked at' }).click()
    await page
      .locator('.notice.good', { hasText: 'Approved: 2 × send_email by mailer, api_call by mailer' })
      .waitFor()
    for (const id of released)
      expect(await at.now(id)).toMatchObject({ status: 'approved', decidedBy: 'ana' })
    for (const id of left.slice(0, -1)) expect(await at.now(id)).toMatchObject({ status: 'pending' })
    // what was left out stays selected: nobody takes it for done
    await bar.getByText('5 selected').waitFor()
    expect(await bar.getByRole('button', { name: 'Approve 0 looked at' }).isDisabled()).toBe(true)
    // nobody denies the next ones with the words for these by an oversight
    await bar.getByLabel('Reason for denying all selected').fill('not today')
    await bar.getByRole('button', { name: 'Deny 4' }).click()
    await page.locator('.notice.good', { hasText: 'Denied: payment by mailer' }).waitFor()
    for (const id of left.slice(0, -1))
      await until('denied', async () => (await at.now(id)).status === 'denied')
    await bar.getByText('1 selected').waitFor()
    expect(await bar.getByLabel('Reason for denying all selected').inputValue()).toBe('')
    expect(visit.faults).toEqual([])
  })

  it('[AP2] one of them decided elsewhere meanwhile is told of, and takes none of the others along', async () => {
    const at = await desk('batch-race')
    const [first, second] = [
      await at.ask('send_email', { to: 'ana' }),
      await at.ask('api_call', { to: 'bo' }),
    ]
    await using visit = await browser.open()
    const { page } = visit
    const news = await holdNews(page)
    await signIn(page, cp, at.who)
    for (const { id } of [first, second]) {
      await open(page, id)
      await page.locator('button.approve:enabled').first().waitFor()
      await page.keyboard.press('x')
    }
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver', ...at.who })
    const asShown = shown((await at.now(first.id)) as never)
    news.hold()
    await bo.must('approval.deny', { key: freshKey(), ...asShown, reason: 'mine' })
    await page.getByRole('button', { name: 'Approve 2 looked at' }).click()
    await page.locator('.notice.good', { hasText: 'Approved: api_call by mailer' }).waitFor()
    await page
      .locator('.notice.neutral', {
        hasText: 'Not approved: send_email by mailer. Somebody decided this first',
      })
      .waitFor()
    expect(await at.now(first.id)).toMatchObject({ status: 'denied', decidedBy: 'bo' })
    expect(await at.now(second.id)).toMatchObject({ status: 'approved', decidedBy: 'ana' })
    news.release()
    await page.getByRole('button', { name: 'Mine 0' }).waitFor()
  })
})

describe('several people', () => {
  it('[AP5] two sign in two browsers: half-signed is shown as such, nobody signs twice, the last one releases', async () => {
    const at = await desk('quorum')
    const { id } = await at.ask('transfer', { to: 'DE12', amount: '900.00' })
    await using pair = await twoPeople(at)
    const { ana, bo } = pair
    for (const page of [ana, bo]) {
      await open(page, id)
      await page.locator('.facts', { hasText: '0 of 2' }).waitFor()
      await page.locator('button.approve:enabled').waitFor()
    }
    await pressKey(ana, 'a')
    await ana.locator('.notice.good', { hasText: 'signed; it waits for 1 more' }).waitFor()
    for (const page of [ana, bo]) {
      await page.locator('.facts dd', { hasText: /1 of 2 · ana at \d/ }).waitFor()
      await line(page, id).getByText('1 of 2 signed').waitFor()
      expect(await page.locator('.outcome').count()).toBe(0)
    }
    // it waits for her no longer, and says for what it does
    await ana.getByText('You have signed it; it waits for 1 more.').waitFor()
    expect(await ana.locator('button.approve').isDisabled()).toBe(true)
    await line(ana, id).getByText('signed by you; it waits for 1 more').waitFor()
    expect(await line(ana, id).getByText('done').count()).toBe(0)
    await ana.getByRole('button', { name: 'Mine 0' }).waitFor()
    await bo.getByRole('button', { name: 'Mine 1' }).waitFor()
    await pressKey(ana, 'a')
    await ana.locator('.notice.neutral', { hasText: 'You have signed it' }).waitFor()
    expect(await at.now(id)).toMatchObject({ status: 'pending', signatures: [{ by: 'ana' }] })
    const [item] = [await at.now(id)]
    expect(await at.agent.begin(item as never)).toMatchObject({ error: { code: 'not_released' } })

    await pressKey(bo, 'a')
    for (const page of [ana, bo]) {
      await page.locator('.outcome', { hasText: /approved by bo at / }).waitFor()
      expect(await page.locator('.decide').count()).toBe(0)
      await page.getByRole('heading', { name: 'What was released' }).waitFor()
    }
    expect(await at.now(id)).toMatchObject({ status: 'approved', signatures: [{ by: 'ana' }, { by: 'bo' }] })
    expect(await at.agent.begin(item as never)).toMatchObject({ ok: true })
    expect(pair.faults()).toEqual([])
  })

  it('[AP5] where two have to deny, the first denial is shown as one of two, counts once, and can be taken back by signing', async () => {
    const at = await desk('denials')
    const { id } = await at.ask('publish', { page: 'prices' })
    const other = await at.ask('publish', { page: 'team' })
    await using pair = await twoPeople(at)
    const { ana, bo } = pair
    const deny = async (page: Page, reason: string) => {
      await page.locator('button.deny:enabled').waitFor()
      await pressKey(page, 'd')
      await page.getByLabel('Why not?').fill(reason)
      await page.keyboard.press('Enter')
    }
    await open(bo, id)
    await open(ana, id)
    await deny(ana, 'the sums are off')
    await ana.locator('.notice.good', { hasText: 'counts, 1 of 2 denials: it still waits' }).waitFor()
    for (const page of [ana, bo]) {
      await page.locator('.facts dd', { hasText: /1 of 2 · ana at .*: “the sums are off”/ }).waitFor()
      await line(page, id).getByText('1 of 2 denied').waitFor()
    }
    await ana.getByText('You have denied it; it takes 1 more.').waitFor()
    expect(await ana.locator('button.deny').isDisabled()).toBe(true)
    await pressKey(ana, 'd')
    await ana.locator('.notice.neutral', { hasText: 'You have denied it' }).waitFor()
    expect(await ana.locator('.decide.form').count()).toBe(0)
    expect(await at.now(id)).toMatchObject({ status: 'pending', objections: [{ by: 'ana' }] })
    await deny(bo, 'so are the dates')
    for (const page of [ana, bo])
      await page.locator('.outcome', { hasText: /denied by bo at .*: “so are the dates”/ }).waitFor()
    // of what nobody releases nothing will run
    await ana.getByRole('heading', { name: 'What was asked for' }).waitFor()

    // one who has denied may still be convinced: their signature takes the denial back
    await ana.getByRole('button', { name: /^All/ }).click()
    await open(ana, other.id)
    await deny(ana, 'no names, please')
    await ana.getByText('You have denied it; it takes 1 more.').waitFor()
    await readAll(ana)
    await ana.locator('button.approve:enabled').click()
    await ana.locator('.outcome', { hasText: 'approved by ana' }).waitFor()
    const released = await at.now(other.id)
    expect(released).toMatchObject({ status: 'approved', signatures: [{ by: 'ana' }] })
    expect(released).not.toHaveProperty('objections')
    expect(pair.faults()).toEqual([])
  })

  it('[AP4] [AP5] an edit by the second one makes the first signature fall: the first one sees what differs, looks anew, and signs that', async () => {
    const at = await desk('edited')
    const lines = Array.from({ length: 200 }, (_, n) => `line ${n}`)
    const { id } = await at.ask('transfer', { amount: '900.00', lines })
    await using pair = await twoPeople(at)
    const { ana, bo } = pair
    for (const page of [ana, bo]) {
      await open(page, id)
      await readAll(page)
      await page.locator('button.approve:enabled').waitFor()
    }
    await pressKey(ana, 'a')
    await bo.locator('.facts dd', { hasText: '1 of 2 · ana' }).waitFor()
    await pressKey(bo, 'e')
    await bo.getByLabel('amount').fill('90.00')
    await bo.getByRole('button', { name: 'Approve with these edits' }).click()
    await bo.locator('.notice.good', { hasText: 'signed; it waits for 1 more' }).waitFor()
    for (const page of [ana, bo]) await page.locator('.facts dd', { hasText: /1 of 2 · bo at/ }).waitFor()
    // hers fell with the bytes: it waits for her again, and she has not seen these
    await ana.getByRole('button', { name: 'Mine 1' }).waitFor()
    await ana.getByText('Edited by a person; what was asked for first').waitFor()
    await ana.locator('.differences li', { hasText: '/amount' }).getByText('"90.00"').waitFor()
    await ana.getByText('Look at all of it first').waitFor()
    expect(await ana.locator('button.approve').isDisabled()).toBe(true)
    await readAll(ana)
    await ana.locator('button.approve:enabled').waitFor()
    await pressKey(ana, 'a')
    await ana.locator('.outcome', { hasText: 'approved with edits by ana' }).waitFor()
    const released = await at.now(id)
    expect(released).toMatchObject({ revision: 2, signatures: [{ by: 'bo' }, { by: 'ana' }] })
    expect(await at.agent.begin(released as never)).toMatchObject({
      ok: true,
      canonical: JSON.stringify({ action: 'transfer', args: { amount: '90.00', lines } }),
    })
    expect(pair.faults()).toEqual([])
  })
})
