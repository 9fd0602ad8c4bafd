import { AgentClient } from '@holdpoint/client'
import type { AutonomyLevel } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { signIn } from '../harness/console-page.ts'
import { freshKey } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

const { browser, cp } = browserAndServer()

async function rule(page: Page, what: string, level: string | undefined, why: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Rule on trust' })
  await form.getByLabel('Ruling').selectOption(what)
  if (level !== undefined) await form.getByLabel('Level').selectOption(level)
  await form.getByLabel('Reason').fill(why)
  await page.keyboard.press('Enter')
  await page
    .locator('.notice.good', { hasText: `payer: ${what}` })
    .last()
    .waitFor()
}

it('[AU2] [IN1] an admin confirms a promotion, pins, caps and resets on the agent’s page; the agent hears it, the causes stay', async () => {
  const root = await cp.operatorSocket({ subject: 'root' })
  // three successes lead to where an admin has to confirm it
  const policy = { version: 'quick-1', trust: { success: 0.3 } }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'quick' })
  await using payer = new AgentClient({ url: cp.url, token: await cp.token({ subject: 'payer' }) })
  await payer.start()
  const read = (at: number) => payer.run('read_file', { path: `${at}.md` }, () => 'read')
  const hears = (level: AutonomyLevel) => until(`to be ${level}`, () => payer.autonomy?.level === level)
  await read(0)
  await using visit = await browser.open()
  const { page } = visit
  await signIn(page, cp, { subject: 'root', role: 'admin' })
  await page.goto(`${cp.url}/#/agents/payer`)
  const form = page.getByRole('form', { name: 'Rule on trust' })
  await form.getByLabel('Ruling').waitFor()
  expect(await form.getByLabel('Ruling').inputValue()).toBe('pin')
  for (const at of [1, 2]) await read(at)

  // suggested as soon as it waits, and in effect no sooner than it is confirmed
  await page.getByText('It has earned trusted: an admin confirms it').waitFor()
  await until('the suggestion', async () => (await form.getByLabel('Ruling').inputValue()) === 'confirm')
  await hears('standard')
  await form.getByLabel('Reason').fill('three in a row')
  await page.keyboard.press('Enter')
  await page.getByText('It has earned').waitFor({ state: 'detached' })
  await hears('trusted')
  // once it is done nothing is suggested that would be refused
  await until('no suggestion', async () => (await form.getByLabel('Ruling').inputValue()) === 'pin')

  const facts = page.locator('.facts')
  await rule(page, 'pin', 'restricted', 'an audit')
  await facts.getByText('to restricted, whatever its trust').waitFor()
  await hears('restricted')
  await rule(page, 'pin', '', 'audited')
  await hears('trusted')
  await facts.getByText('whatever its trust').waitFor({ state: 'detached' })
  await rule(page, 'cap', 'supervised', 'a new tool')
  await facts.getByText('at supervised').waitFor()
  await hears('supervised')
  await rule(page, 'reset', undefined, '<b>start anew</b>')
  await page.getByRole('img', { name: 'Trust, now 0.500' }).waitFor()
  await until('all of it gone', async () => (await facts.getByText(/whatever its trust|^at /).count()) === 0)

  await page.getByText('As a table').click()
  const causes = async () => (await page.locator('.plot td:last-child').allTextContents()).slice(0, 6)
  await until('the last one', async () => (await causes())[0]?.startsWith('reset'))
  expect(await causes()).toEqual([
    'reset by root: “<b>start anew</b>”',
    'capped at supervised by root: “a new tool”',
    'pin lifted by root: “audited”',
    'pinned to restricted by root: “an audit”',
    'promotion confirmed by root: “three in a row”',
    'success',
  ])
  await page.locator('.events li', { hasText: 'pinned to restricted' }).getByText('root').waitFor()
  const { events } = await root.must('history.list', { agent: 'payer', type: 'trust.changed' })
  expect(events[0]).toMatchObject({ by: 'root', data: { cause: { kind: 'reset' }, trust: 0.5 } })

  // who is no admin sees it and rules on nothing
  await using other = await browser.open()
  await signIn(other.page, cp)
  await other.page.goto(`${cp.url}/#/agents/payer`)
  await other.page.getByRole('img', { name: 'Trust, now 0.500' }).waitFor()
  expect(await other.page.getByRole('form', { name: 'Rule on trust' }).count()).toBe(0)
  expect([...visit.faults, ...other.faults]).toEqual([])
})
