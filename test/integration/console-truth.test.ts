import { builtInPolicy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, pressKey, row, selectLine, signIn } from '../harness/console-page.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'

const { browser, cp } = browserAndServer()

describe('more than fits into one message', () => {
  it('[PR4] all that waits is loaded and counted, what is decided meanwhile left out', async () => {
    const who = { tenant: 'many' }
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
    const summary = 'x'.repeat(2_000)
    const asked = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const agent = await startAgent(await cp.agentSocket({ subject: `agent-${at}`, ...who }))
        const all = []
        for (let n = 0; n < 20; n++) all.push(await agent.ask('send_email', { n }, { summary }))
        return all.map(({ approval }) => approval)
      }),
    )
    const all = asked.flat()
    const { snapshot } = await root.must('sync', {})
    expect(snapshot.approvals.length).toBeLessThan(all.length)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const mine = page.getByRole('button', { name: /^Mine/ })
    await mine.getByText(String(all.length), { exact: true }).waitFor()
    await page.getByText('more that wait').waitFor({ state: 'detached' })
    // the last of them is there to be decided, and leaves when somebody else does
    const last = all.at(-1)
    const list = page.locator('.queue-list .virtual')
    await list.evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await page.locator(`.row[data-id="${last.id}"]`).waitFor()
    await root.must('approval.deny', { key: freshKey(), ...shown(last), reason: 'no' })
    await mine.getByText(String(all.length - 1), { exact: true }).waitFor()
    expect(visit.faults).toEqual([])

    // where the rest is slow to come, or can't be read, the page says that it does not have all
    await using slow = await browser.open()
    await slow.page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage(
        (message) => void (String(message).includes('"approval.list"') || server.send(message)),
      )
    })
    await signIn(slow.page, cp, who)
    await slow.page.getByText(/^Reading \d+ more that wait/).waitFor()
  })
})

describe('what is decided is what stands', () => {
  const policy = (more: object) => ({
    version: `v-${freshKey()}`,
    catalogue: { transfer: { level: 'required', class: 'external_api', ...more } },
    levels: builtInPolicy.levels,
  })

  it('[AP4] a level that changed on resume is asked for, though the bytes are the same', async () => {
    const who = { tenant: 'resumed' }
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
    await root.must('policy.activate', { key: freshKey(), policy: policy({}), reason: 'first' })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    await root.must('agent.pause', { key: freshKey(), target: { agent: 'mailer' }, reason: 'wait' })
    const { approval } = await agent.ask('transfer', { to: 'ana' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByRole('button', { name: /^All/ }).click()
    await openLine(row(page, 'transfer'))
    await page.locator('.held').waitFor()
    await page.locator('.digest').waitFor()
    const stricter = policy({ level: 'required_2fa' })
    await root.must('policy.activate', { key: freshKey(), policy: stricter, reason: 'second' })
    await root.must('agent.resume', { key: freshKey(), target: { agent: 'mailer' }, reason: 'go on' })
    await page.locator('.card .level', { hasText: '2nd factor' }).waitFor()
    await page.locator('button.approve:enabled').waitFor()
    await pressKey(page, 'a')
    await page.getByLabel('Six digits of your second factor').waitFor()
    expect((await root.must('approval.get', { id: approval.id })).approval.revision).toBe(approval.revision)
    expect(visit.faults).toEqual([])
  })

  it('[PO3] a code that a rule asks for is asked for on the card', async () => {
    const who = { tenant: 'ruled' }
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
    const rules = [{ name: 'large', when: 'args.amount > 100', factor: true }]
    await root.must('policy.activate', {
      key: freshKey(),
      policy: { ...policy({ level: 'admin_only' }), rules },
      reason: 'r',
    })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    await agent.ask('transfer', { amount: 500 })
    await using visit = await browser.open()
    const { page } = visit
    // the level itself asks for none
    await signIn(page, cp, { role: 'admin', ...who })
    await openLine(row(page, 'transfer'))
    await page.locator('button.approve:enabled', { hasText: 'Approve …' }).waitFor()
    await pressKey(page, 'a')
    await page.getByLabel('Six digits of your second factor').waitFor()
  })

  it('keys act on what is shown and on nothing else, and Enter on what has the focus', async () => {
    const who = { tenant: 'keys' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const { approval } = await agent.ask('send_email', { to: 'ana' })
    await agent.ask('api_call', { url: 'https://example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByLabel('Filter').fill('api_call')
    await row(page, 'send_email').waitFor({ state: 'detached' })
    await page.evaluate((id) => location.assign(`#/queue/${id}`), approval.id)
    await page.locator('#filter').evaluate((input) => input.blur())
    // until it is the one that keys are for
    await page.waitForFunction((id) => location.hash.endsWith(id), approval.id)
    for (const key of ['a', 'd']) {
      await page.keyboard.press(key)
      await page.getByText('not among those that are shown').last().waitFor()
    }
    expect(await page.locator('.decide.form').count()).toBe(0)
    // its address opens it, whatever the list shows, and says that the list does not
    await page.getByText('The list does not show it').waitFor()
    await page.getByRole('heading', { name: 'send_email' }).waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await row(page, 'send_email').locator('[aria-current="true"]').waitFor()
    await openLine(row(page, 'send_email'))
    await page.locator('.digest').waitFor()
    await page.locator('.by a', { hasText: 'mailer' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'mailer' }).waitFor()
    expect(page.url()).toMatch(/#\/agents\/mailer$/)
    // one dialog that closes takes no other along that is opened at the same moment
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.evaluate(async () => {
      const dialog = document.querySelector('dialog')
      const told = new Promise((resolve) => dialog?.addEventListener('close', resolve))
      dialog?.close()
      dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))
      await told
    })
    await page.getByRole('combobox', { name: 'Go to' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' })
    // anywhere by its name, and to a page by two letters
    await page.keyboard.press('Control+k')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('api_call by')
    await page.getByRole('option', { name: 'api_call by mailer' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'api_call' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.getByRole('heading', { name: 'History' }).waitFor()
  })

  it('[ES4] a question on the home page keeps what was typed through a lost connection, and shows how it ended', async () => {
    const who = { tenant: 'questions' }
    await using proxy = await swallowingProxy(Number(new URL(cp.url).port))
    const agent = await startAgent(await cp.agentSocket({ subject: 'booker', ...who }))
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver', ...who })
    const early = await agent.send('question.ask', { question: 'Aisle or window?' })
    await bo.must('ticket.resolve', { key: freshKey(), id: early.ticket.id, answer: 'aisle' })
    const asked = await agent.send('question.ask', { question: 'Which seats?' })
    await using visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, { ...cp, url: proxy.url, token: cp.token }, who)
    await openLine(row(page, 'Which seats?'))
    await page.getByLabel('Your answer').fill('two at the')
    proxy.swallow('both')
    // the page's own clock goes on until it misses the server's sign of life
    await page.clock.runFor(25_000)
    await page.getByText('what you write stays here').waitFor()
    expect(await page.getByRole('button', { name: 'Answer' }).isDisabled()).toBe(true)
    proxy.heal()
    await until('live again', async () => {
      await page.clock.runFor(1_000)
      return (await page.locator('button.approve:enabled').count()) === 1
    })
    expect(await page.getByLabel('Your answer').inputValue()).toBe('two at the')
    await page.clock.resume()
    await bo.must('ticket.resolve', { key: freshKey(), id: asked.ticket.id, answer: 'three' })
    await page.locator('.outcome', { hasText: /answered by bo at / }).waitFor()
    expect(await page.getByRole('form', { name: 'Answer' }).count()).toBe(0)
    await page.locator('.bytes', { hasText: 'three' }).waitFor()
    // what ended before this page came has an address too, and what never was says so
    await page.evaluate((id) => location.assign(`#/queue/${id}`), early.ticket.id)
    await page
      .locator('.card', { hasText: 'Aisle or window?' })
      .getByText(/answered by bo/)
      .waitFor()
    await page.evaluate(() => location.assign('#/queue/nothing-at-all'))
    await page.getByText('Nothing of this address is here').waitFor()
  })

  it('several are denied with one reason, each on its own digest, and a kept view finds them again', async () => {
    const who = { tenant: 'several' }
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin', ...who })
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ids: string[] = []
    for (const to of ['ana', 'bo']) ids.push((await agent.ask('send_email', { to })).approval.id)
    await agent.ask('api_call', { url: 'https://example.org' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await page.getByLabel('Filter').fill('send_email')
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByLabel('Name of this view').fill('mails')
    await page.keyboard.press('Enter')
    await page.getByLabel('Filter').fill('')
    await row(page, 'api_call').waitFor()
    await page.getByRole('button', { name: 'mails', exact: true }).click()
    await row(page, 'api_call').waitFor({ state: 'detached' })
    for (const id of ids) await selectLine(page.locator(`.row[data-id="${id}"]`))
    await page.getByLabel('Reason for denying all selected').fill('not today')
    await page.getByRole('button', { name: 'Deny 2' }).click()
    for (const id of ids)
      await until('denied', async () => {
        const { approval } = await root.must('approval.get', { id })
        return approval.status === 'denied' && approval.reason === 'not today'
      })
    // what came of the same action before stands on the card
    const next = page.locator(`.row[data-id="${(await agent.ask('send_email', { to: 'cy' })).approval.id}"]`)
    await until('the new one is shown', async () => {
      await page.keyboard.press('.')
      return next.isVisible()
    })
    await openLine(next)
    await page.locator('.facts', { hasText: '2 denied on send_email by this agent' }).waitFor()
    // kept over a reload, and forgotten on request
    await signIn(page, cp, who)
    await row(page, 'api_call').waitFor()
    await page.getByRole('button', { name: 'mails', exact: true }).click()
    await row(page, 'api_call').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Filter').inputValue()).toBe('send_email')
    await page.getByRole('button', { name: 'Forget the view mails' }).click()
    await page.getByRole('list', { name: 'Kept views' }).waitFor({ state: 'detached' })
    expect(visit.faults).toEqual([])
  })
})
