import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../harness/browser.ts'
import { agentRow, openAgent, signIn } from '../harness/console-page.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

async function fleet(cp: Harness) {
  const start = async (subject: string, team: string) =>
    startAgent(await cp.agentSocket({ subject, labels: { team } }), { task: `work for ${team}` })
  return {
    payer: await start('payer', 'payments'),
    biller: await start('biller', 'payments'),
    writer: await start('writer', 'docs'),
  }
}

describe('the wall of agents', () => {
  it('[AG2] counts agents that left their run apart from those that are unreachable', async () => {
    await using cp = await controlPlane()
    const { biller, writer } = await fleet(cp)
    await writer.socket.must('lease.release', { epoch: writer.epoch })
    writer.socket.close()
    biller.socket.close()
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByRole('button', { name: 'left their run 1' }).click()
    await agentRow(page, 'writer').getByText('left its run').waitFor()
    await page.getByRole('button', { name: 'unreachable 1' }).click()
    await agentRow(page, 'biller').getByText('unreachable').waitFor()
    expect(await agentRow(page, 'writer').count()).toBe(0)
  })

  it('[AG2] pauses a selection, and shows agent by agent how far it got', async () => {
    await using cp = await controlPlane()
    const { payer } = await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByLabel('Select payer').check()
    await page.getByLabel('Select biller').check()
    await page.getByRole('button', { name: 'Pause …' }).click()
    await page.keyboard.type('lunch')
    await page.keyboard.press('Enter')
    await agentRow(page, 'payer').getByText('pausing').waitFor()
    await agentRow(page, 'payer').getByText('not acknowledged').waitFor()
    const push = await until('the push', () => payer.socket.pushes.find(({ state }) => state === 'paused'))
    payer.socket.socket.emit('control.ack', { epoch: payer.epoch, seq: push.seq, state: 'paused' }, () => {})
    await agentRow(page, 'payer')
      .getByText(/acknowledged \d/)
      .waitFor()
    expect(await agentRow(page, 'payer').locator('.state').textContent()).toBe('paused')
    // what nobody acknowledged is not shown as done
    expect(await agentRow(page, 'biller').locator('.state').textContent()).toBe('pausing')
    expect(await agentRow(page, 'writer').locator('.state').textContent()).toBe('running')
    expect(visit.faults).toEqual([])
  })

  it('[AG7] lifting an order can be called off', async () => {
    await using cp = await controlPlane()
    const root = await cp.operatorSocket({ subject: 'root' })
    await root.must('agent.pause', { key: freshKey(), target: { all: true }, reason: 'a leak' })
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    const order = page.locator('.order', { hasText: 'every agent' })
    await order.getByRole('button', { name: 'Lift …' }).click()
    const why = order.getByLabel('Why it is lifted')
    await why.and(page.locator(':focus')).waitFor()
    await order.getByRole('button', { name: 'Cancel' }).click()
    await why.waitFor({ state: 'detached' })
    await order.getByRole('button', { name: 'Lift …' }).waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[AG7] what is armed is for whom it was armed, and all of them can be paused, told and let go on', async () => {
    await using cp = await controlPlane()
    await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByLabel('Select payer').check()
    await page.getByRole('button', { name: 'Pause …' }).click()
    await page.getByLabel('Select payer').uncheck()
    await page.getByLabel('Select biller').check()
    const form = page.getByRole('form', { name: 'pause payer' })
    await form.getByRole('textbox').fill('this one alone')
    await form.getByRole('button', { name: 'Pause payer' }).click()
    await agentRow(page, 'payer').getByText('pausing').waitFor()
    expect(await agentRow(page, 'biller').locator('.state').textContent()).toBe('running')
    // the selection is let go once it is done
    await page.getByLabel('Select writer').check()
    const one = async (verb: string) => {
      await page
        .getByRole('toolbar')
        .getByRole('button', { name: `${verb} …` })
        .click()
      await page.keyboard.type('a reason')
      await page.keyboard.press('Enter')
    }
    await one('Stop')
    await agentRow(page, 'writer').getByText('stopping').waitFor()
    await page.getByLabel('Select writer').check()
    await one('Reinstate')
    await page.locator('.notice.good', { hasText: 'Reinstated: writer' }).waitFor()

    const all = async (verb: string, words: string) => {
      await page
        .getByRole('toolbar', { name: 'every agent' })
        .getByRole('button', { name: `${verb} …` })
        .click()
      await page.keyboard.type(words)
      await page.keyboard.press('Enter')
    }
    await all('Instruct', 'finish what you have begun')
    await page.locator('.notice.good', { hasText: 'Instruction queued: every agent' }).waitFor()
    await all('Pause', 'lunch')
    await page.locator('.order', { hasText: 'every agent' }).waitFor()
    for (const name of ['payer', 'biller']) await agentRow(page, name).getByText('pausing').waitFor()
    await page.getByRole('button', { name: 'Lift …' }).click()
    await page.keyboard.type('back')
    await page.keyboard.press('Enter')
    await page.locator('.order').waitFor({ state: 'detached' })
    await all('Resume', 'back to work')
    for (const name of ['payer', 'biller'])
      await agentRow(page, name).getByText('running', { exact: true }).waitFor()
    // what a filter puts out of sight is selected no longer, and several are named before anything is done to them
    await page.getByLabel('Select all shown').check()
    await page.getByRole('button', { name: 'Stop …' }).click()
    await page.locator('.named', { hasText: 'biller, payer, writer' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByLabel('Filter agents').fill('writer')
    await page.getByText('1 shown, 1 selected').waitFor()
    await page.getByRole('toolbar', { name: 'What to do with writer' }).waitFor()
    await page.getByLabel('Select writer').uncheck()
    // some of them are out of sight: nothing is offered for all
    await page.getByText('Select agents, or give a label selector').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[AG7] a label selector is one standing order, in sight until it is lifted', async () => {
    await using cp = await controlPlane()
    await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await agentRow(page, 'writer').waitFor()
    await page.getByLabel('Label selector').fill('team=payments')
    await page.getByText('2 shown').waitFor()
    // words narrow what is shown and not what a selector hits: nothing is offered then
    await page.getByLabel('Filter agents').fill('payer')
    await page.getByText('show all with these labels').waitFor()
    expect(await page.getByRole('toolbar').count()).toBe(0)
    await page.getByLabel('Filter agents').fill('')
    await page.getByText('All with these labels (2 now):').waitFor()
    await page.getByRole('button', { name: 'Pause …' }).click()
    await page.keyboard.type('month end')
    await page.keyboard.press('Enter')
    await page.locator('.order', { hasText: 'agents with team=payments' }).waitFor()
    await page.getByRole('link', { name: /^Queue/ }).click()
    await page.getByRole('button', { name: 'Lift …' }).click()
    await page.keyboard.type('all booked')
    await page.keyboard.press('Enter')
    await page.locator('.order').waitFor({ state: 'detached' })
  })

  it('[AG2] [AG7] stop all is one guarded gesture, and shows agent by agent how far it got', async () => {
    const clock = manualClock(Date.now())
    await using cp = await controlPlane({ clock })
    const { payer, writer } = await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    writer.socket.close()
    const button = page.getByRole('button', { name: 'Stop all' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Stop every agent' }).waitFor()
    await page.keyboard.type('it does not look right')
    // the reason alone does nothing
    await page.keyboard.press('Enter')
    expect(await page.locator('dialog').count()).toBe(1)
    await page.keyboard.press('Tab')
    await page.keyboard.type('stop all')
    await page.keyboard.press('Enter')
    await page.locator('.order.stop', { hasText: 'every agent' }).waitFor()
    const push = await until('the stop', () => payer.socket.pushes.find(({ state }) => state === 'stopped'))
    await agentRow(page, 'biller')
      .getByText(/^delivered, not acknowledged/)
      .waitFor()
    await agentRow(page, 'writer')
      .getByText(/^requested \d.*, not delivered/)
      .waitFor()
    payer.socket.socket.emit('control.ack', { epoch: payer.epoch, seq: push.seq, state: 'stopped' }, () => {})
    await agentRow(page, 'payer')
      .getByText(/^acknowledged \d/)
      .waitFor()
    // what nobody acknowledged is not shown as done before the lease has run out
    const states = () =>
      Promise.all(
        ['payer', 'biller', 'writer'].map((name) => agentRow(page, name).locator('.state').textContent()),
      )
    expect(await states()).toEqual(['stopped, locked by order', 'stopping by order', 'stopping by order'])
    await page.locator('.order.stop', { hasText: '1 of 3 agents halted' }).waitFor()
    await clock.advance(20_000)
    for (const name of ['biller', 'writer'])
      await agentRow(page, name)
        .getByText(/^enforced by its lease \d/)
        .waitFor()
    expect(new Set(await states())).toEqual(new Set(['stopped, locked by order']))
    await page.locator('.order.stop', { hasText: '3 of 3 agents halted' }).waitFor()
    // whoever comes in later learns it where they arrive, and no page but the wall reads every agent
    const sent: string[] = []
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))))
    await page.reload()
    await signIn(page, cp)
    await page.locator('.queue-list').waitFor()
    await page.locator('.order.stop', { hasText: '3 of 3 agents halted' }).waitFor()
    expect(sent.filter((frame) => frame.includes('"sync"'))).not.toEqual([])
    expect(sent.filter((frame) => frame.includes('"agents.list"'))).toEqual([])
    expect(visit.faults).toEqual([])
  })

  it('an agent has a page: what it does, its trust, its timeline, and instructions with their fate', async () => {
    await using cp = await controlPlane()
    const { payer } = await fleet(cp)
    const read = await payer.ask('read_file', { path: 'a' })
    await payer.begin(read.action)
    await payer.report(read.action.id)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    await openAgent(page, 'payer')
    await page.getByRole('heading', { name: 'payer' }).waitFor()
    await page.getByRole('img', { name: 'Trust, now 0.510' }).waitFor()
    await page.locator('.facts', { hasText: 'Does alone' }).getByText('analyze').waitFor()
    await page.locator('.events', { hasText: 'action.reported' }).waitFor()
    await page.getByRole('button', { name: 'Instruct …' }).click()
    await page.keyboard.type('take the smaller one')
    await page.keyboard.press('Enter')
    await page.locator('.waiting', { hasText: 'take the smaller one' }).getByText('queued').waitFor()
    const push = await until('the instruction', () =>
      payer.socket.pushes.flatMap(({ items }) => items).find(({ type }) => type === 'instruction'),
    )
    const { id } = push.data as { id: string }
    await payer.socket.must('instruction.ack', { key: 'ack-1', id, outcome: 'applied', note: 'done so' })
    await page.locator('.waiting', { hasText: 'take the smaller one' }).getByText('applied').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[PO4] the wall shows what is left of each budget, and follows it', async () => {
    await using cp = await controlPlane()
    const { payer } = await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp)
    await page.getByRole('link', { name: /^Agents/ }).click()
    const budget = agentRow(page, 'payer').locator('.budget').first()
    await budget.getByText('0/50').waitFor()
    await payer.ask('api_call', { url: 'https://example.org' })
    await budget.getByText('1/50').waitFor()
    expect(visit.faults).toEqual([])
  })

  it('[AP13] releases in advance on the agent’s page, sees it used, and takes it back', async () => {
    await using cp = await controlPlane()
    const { payer } = await fleet(cp)
    await using visit = await browser.open()
    const { page } = visit
    const root = await cp.operatorSocket({ subject: 'root' })
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    await signIn(page, cp)
    await page.goto(`${cp.url}/#/agents/payer`)
    await page.getByRole('button', { name: 'Release in advance …' }).click()
    const form = page.getByRole('form', { name: 'Release in advance' })
    await page.keyboard.type('payment')
    await form.getByText('a second factor is never released').waitFor()
    await form.getByLabel('Action').fill('send_email')
    await form.getByLabel('How many').fill('2')
    await form.getByLabel('Only where').fill('args.to.endsWith(')
    await form.getByLabel('Why').fill('the newsletter')
    await page.keyboard.press('Enter')
    await page.locator('.notice.bad', { hasText: 'predicate' }).waitFor()
    await form.getByLabel('Only where').fill('args.to.endsWith("@example.org")')
    await form.getByLabel('Why').press('Enter')
    const grant = page.locator('.grants li', { hasText: 'send_email' })
    await grant.getByText('the next 2').waitFor()
    expect(await payer.ask('send_email', { to: 'bo@example.org' })).toMatchObject({ verdict: 'go' })
    await grant.getByText('used once').waitFor()
    // with those of all agents, too
    await page.getByRole('link', { name: /^Agents/ }).click()
    await page.getByRole('link', { name: 'Released in advance' }).click()
    const all = page.locator('.grants li', { hasText: 'send_email by payer' })
    await all.getByText('used once').waitFor()
    await all.getByRole('link', { name: 'payer' }).click()
    await grant.getByRole('button', { name: 'Take back' }).click()
    await page.keyboard.type('it is out')
    await page.keyboard.press('Enter')
    await grant.waitFor({ state: 'detached' })
    expect(await payer.ask('send_email', { to: 'cy@example.org' })).toMatchObject({ verdict: 'wait' })
    expect(visit.faults).toEqual([])
  })
})
