import { describe, expect, it, vi } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, row, signIn } from '../harness/console-page.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()

describe('lines', () => {
  it('[AP10] show what would run before what its agent says of it: where it differs from others, hidden characters by name, and say where it was cut', async () => {
    const who = { tenant: 'alike' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ask = async (args: unknown, more: Record<string, unknown> = {}) =>
      (await agent.ask('send_email', args, { blocking: false, ...more })).approval.id as string
    const folder = '/srv/team/archive/of/all/that/was/ever/written'
    const plain = await ask({ subject: 'News', to: 'ana@example.org' })
    const hidden = await ask({ subject: 'News', to: 'ana\u202Egro.elpmaxe@\u200B' })
    const forged = await ask({ subject: 'News', to: 'x" […]' })
    const same = [
      await ask({ path: `${folder}/2019` }, { summary: 'Send it' }),
      await ask({ path: `${folder}/2020` }, { summary: 'Send it' }),
    ]
    const posing = await ask({
      'a: "b" c': 'bo',
      ...Object.fromEntries([...Array(60).keys()].map((at) => [`k${at}`, at])),
    })
    const clear = await ask({ path: `${folder}/2021` }, { summary: 'Send the last one' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const line = (id = '') => page.locator(`.row[data-id="${id}"]`)
    await line(plain).getByText('"ana@example.org"').waitFor()
    await line(hidden).locator('mark', { hasText: 'U+202E' }).waitFor()
    await line(hidden).locator('mark', { hasText: 'U+200B' }).waitFor()
    expect(await line(hidden).textContent()).not.toMatch(/[\u202E\u200B]/)
    // what was written as if it were the page's own stays inside its quotes
    await line(forged).getByText('"x\\" […]"').waitFor()
    for (const [at, id] of same.entries()) {
      await line(id)
        .getByText(`20${19 + at}"`)
        .waitFor()
      expect(await line(id).textContent()).toMatch(/path: \[…\]".*\/20(19|20)".*says “Send it”/)
    }
    // nor is a key taken for another one and its value; and how much is not shown is said
    await line(posing).locator('.row-more', { hasText: '+59 more' }).waitFor()
    expect(await line(posing).textContent()).toContain(String.raw`"a: \"b\" c": "bo"`)
    // words that tell it apart are no sign of what would run
    await line(clear).getByText('2021"').waitFor()
    expect(await line(clear).textContent()).toMatch(/path: \[…\]".*\/2021".*says “Send the last one”/)
    expect(visit.faults).toEqual([])
  })

  it('[AP10] that read the same though they would run something else show how their digests begin', async () => {
    const who = { tenant: 'same-looking' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ask = async (text: string) =>
      (await agent.ask('send_email', { text }, { blocking: false })).approval as {
        id: string
        digest: string
      }
    const alike = [await ask(`${'x'.repeat(5_000)}1`), await ask(`${'x'.repeat(5_000)}2`)]
    const plain = await ask('Hello')
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const line = (id: string) => page.locator(`.row[data-id="${id}"]`)
    for (const { id, digest } of alike)
      await line(id)
        .locator('.row-mark', { hasText: `#${digest.slice('sha256:'.length, 15)}` })
        .waitFor()
    await line(plain.id).getByText('"Hello"').waitFor()
    expect(await line(plain.id).locator('.row-mark').count()).toBe(0)
    expect(visit.faults).toEqual([])
  })

  it('show how much as well, whole, in the room that there is', async () => {
    const who = { tenant: 'amounts' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'payments-agent', ...who }))
    const args = { to: 'a-supplier-with-a-long-name@example.org', amount: 1250000.75, note: 'May' }
    await agent.ask('payment', args, { blocking: false, summary: 'Pay what is due' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    // whom it goes to loses no room by it
    await page.locator('.row-sub', { hasText: 'to: "a-supplier-with' }).waitFor()
    const amount = page.locator('.row-title .row-amount', { hasText: 'amount: 1250000.75' })
    await amount.waitFor()
    const [cut, box, line] = [
      await amount.evaluate((one) => one.scrollWidth > one.clientWidth),
      await amount.boundingBox(),
      await page.locator('.row-title').boundingBox(),
    ]
    expect(cut).toBe(false)
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((line?.x ?? 0) + (line?.width ?? 0))
    expect(visit.faults).toEqual([])
  })

  it('read their arguments only while they stay in sight, each once', async () => {
    const who = { tenant: 'read' }
    for (const name of ['first', 'second', 'third']) {
      const agent = await startAgent(await cp.agentSocket({ subject: name, ...who }))
      for (let at = 0; at < 20; at++)
        await agent.ask(
          'send_email',
          { to: `${name}-${at}@example.org` },
          { blocking: false, summary: `News ${at}` },
        )
    }
    await using visit = await browser.open()
    const { page } = visit
    let read = 0
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (String(payload).includes('"approval.get"')) read += 1
      }),
    )
    await signIn(page, cp, who)
    await row(page, 'first-3@').waitFor()
    expect(read).toBeGreaterThan(5)
    expect(read).toBeLessThan(40)
    await page.locator('.virtual').evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await row(page, 'third-19@').waitFor()
    expect(read).toBeLessThanOrEqual(60)
  })
})

describe('tickets', () => {
  it('of one agent for one reason are told apart by their age, risk and repeats, and closed questions by what they asked', async () => {
    const who = { tenant: 'tickets-alike' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ask = async (question: string) =>
      (await agent.send('question.ask', { question, blocking: false })).ticket.id as string
    for (const risk of [0.91, 0.92])
      await agent.send('escalation.raise', { reason: 'high_risk', risk, context: {} })
    const which = await ask('Which folder?')
    await ask('Which colour?')
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    await row(page, /high risk.*mailer\d+s ago · risk 0.91/).waitFor()
    await row(page, /question.*mailer\d+s ago says “Which colour\?”/).waitFor()
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await row(page, /high risk.*mailer\d+s ago · risk 0.92/).waitFor()
    const bo = await cp.operatorSocket({ subject: 'bo', ...who })
    await bo.must('ticket.resolve', { key: freshKey(), id: which, answer: 'the old one' })
    await page.getByRole('button', { name: 'Closed' }).click()
    await row(page, /by bo says “Which folder\?”/).waitFor()
    expect(visit.faults).toEqual([])
  })
})

describe('a ticket’s card', () => {
  it('[ES1] says whose account it shows, and leads to the approval that the server opened it about', async () => {
    const who = { tenant: 'whose' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const { approval } = await agent.ask(
      'send_email',
      { to: 'ana' },
      { blocking: false, risk: 0.95, summary: 'Written by the server' },
    )
    const claims = { approval: approval.id, openedBy: 'server' }
    await agent.send('escalation.raise', { reason: 'critical_decision', context: claims })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, who)
    const card = page.locator('.card.ticket')
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await row(page, /high risk.*mailer.*send_email · \d+s ago/).waitFor()
    // what an agent says of itself is no word of the server's, whatever it says
    await openLine(row(page, 'critical decision'))
    await card.getByRole('heading', { name: 'The agent’s own words' }).waitFor()
    expect(await card.getByRole('link', { name: /Approval/ }).count()).toBe(0)
    await openLine(row(page, 'high risk'))
    await card.getByRole('heading', { name: 'What the server recorded' }).waitFor()
    await card.getByText('"Written by the server"').waitFor()
    expect(await card.textContent()).not.toContain('The agent’s own words')
    await card.getByRole('link', { name: /^Approval / }).click()
    await page.getByRole('heading', { name: 'send_email' }).waitFor()
    expect(page.url()).toContain(approval.id)
    expect(visit.faults).toEqual([])
  })
})

describe('a busy queue', () => {
  it('has its lines read all the same, though it changes more often than a line must stay', async () => {
    const who = { tenant: 'busy' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ask = async (to: string) =>
      (await agent.ask('send_email', { to }, { blocking: false })).approval.id as string
    await using visit = await browser.open()
    const { page } = visit
    const heard: string[] = []
    const said: string[] = []
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => heard.push(String(payload)))
      socket.on('framesent', ({ payload }) => said.push(String(payload)))
    })
    const about = (frames: readonly string[], ...words: string[]) =>
      frames.some((frame) => words.every((word) => frame.includes(word)))
    await page.clock.install()
    await signIn(page, cp, who)
    await page.getByText('Nothing waits').waitFor()
    await page.clock.pauseAt(Date.now() + 500)
    const first = await ask('first')
    for (let at = 0; at < 8; at++) {
      const id = await ask(`later-${at}`)
      await vi.waitFor(() => expect(about(heard, id)).toBe(true), 10_000)
      // drawn as often as it is, which is sooner than anything has stayed for long enough
      await page.clock.runFor(130)
      expect(await page.locator(`.row[data-id="${id}"]`).count()).toBe(1)
    }
    await vi.waitFor(() => expect(about(said, '"approval.get"', first)).toBe(true), 5_000)
    expect(visit.faults).toEqual([])
  })
})

describe('a list under somebody’s hand', () => {
  /** Two lines, and a third that is due before them when it is asked for. */
  async function twoLines(tenant: string) {
    const who = { tenant }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    for (const to of ['ana', 'bo']) await agent.ask('send_email', { to }, { blocking: false })
    const visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, cp, who)
    await row(page, '"bo"').waitFor()
    return {
      ...visit,
      page,
      first: row(page, 'send_email').first(),
      arrive: () => agent.ask('api_call', { url: 'https://example.org' }, { blocking: false }),
      [Symbol.asyncDispose]: () => visit[Symbol.asyncDispose](),
    }
  }

  it('moves by nothing that comes in, with nothing looked at yet, and takes it in once the hand rests', async () => {
    await using at = await twoLines('hand')
    const { page } = at
    await at.first.hover()
    const before = await at.first.boundingBox()
    await at.arrive()
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await at.first.boundingBox()).toEqual(before)
    expect(await row(page, 'api_call').count()).toBe(0)
    await page.clock.runFor(3_100)
    await row(page, 'api_call').waitFor()
    expect(await page.locator('.row').first().textContent()).toContain('api_call')
    // the room of the button stays, so that its end moves nothing either
    expect(await page.locator('.row').first().boundingBox()).toEqual(before)
    expect(at.faults).toEqual([])
  })

  it('[ES3] among the tickets, too: the graver one that comes in is put before the others once the hand rests', async () => {
    const who = { tenant: 'tickets' }
    const agent = await startAgent(await cp.agentSocket({ subject: 'mailer', ...who }))
    const ask = (question: string) => agent.send('question.ask', { question, blocking: false })
    await ask('Which one?')
    await using visit = await browser.open()
    const { page } = visit
    await page.clock.install()
    await signIn(page, cp, who)
    await page.getByRole('link', { name: /^Tickets/ }).click()
    await row(page, 'Which one?').hover()
    const before = await row(page, 'Which one?').boundingBox()
    await agent.send('escalation.raise', { reason: 'high_risk', risk: 0.95, context: {} })
    await row(page, 'high risk').waitFor()
    expect(await row(page, 'Which one?').boundingBox()).toEqual(before)
    await page.clock.runFor(3_100)
    await page.locator('.virtual-row:first-child', { hasText: 'high risk' }).waitFor()
    expect(await row(page, 'high risk').boundingBox()).toEqual(before)
    expect(visit.faults).toEqual([])
  })

  it('holds back a press on what came under it a moment ago, and takes the next', async () => {
    await using at = await twoLines('surprise')
    const { page } = at
    // a press in the very frame in which the list moved, where the first line had been
    await page.evaluate(() => {
      const { x, y } = document.querySelector('.row-main')?.getBoundingClientRect() ?? { x: 0, y: 0 }
      const place = { clientX: x + 20, clientY: y + 20, bubbles: true, cancelable: true, detail: 1 }
      const list = document.querySelector('.virtual-rows')
      new MutationObserver((_, observer) => {
        observer.disconnect()
        const hit = document.elementFromPoint(place.clientX, place.clientY)
        hit?.dispatchEvent(new MouseEvent('click', place))
      }).observe(list as Element, { childList: true })
    })
    await at.arrive()
    await page.locator('.notice', { hasText: 'The list moved just before you pressed' }).waitFor()
    expect(await page.locator('.row').first().textContent()).toContain('api_call')
    expect(await page.locator('.row.current').count()).toBe(0)
    await page.clock.runFor(500)
    await page.locator('.row-main').first().click()
    await page.getByRole('heading', { name: 'api_call' }).waitFor()
    expect(at.faults).toEqual([])
  })
})
