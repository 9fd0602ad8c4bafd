import { builtInPolicy, type Policy } from '@holdpoint/shared'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, pressKey, row, signIn } from '../harness/console-page.ts'
import { type Authenticator, enrolFactor } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

/** Codes of the second factor change with its steps, not with the machine's. */
const clock = manualClock()
const { browser, cp } = browserAndServer({ clock })

const policy: Policy = {
  ...builtInPolicy,
  version: 'edits-1',
  catalogue: {
    ...builtInPolicy.catalogue,
    payment: {
      level: 'required_2fa',
      class: 'critical_system',
      args: {
        type: 'object',
        properties: {
          to: { type: 'string', title: 'Account' },
          amount: { type: 'string', title: 'Amount' },
          memo: { type: 'string' },
        },
        required: ['to', 'amount'],
      },
    },
    refund: { level: 'required', class: 'external_api' },
  },
  rules: [{ name: 'large', when: 'action.startsWith("refund") && args.amount > 100.0', factor: true }],
}

/** Ana with a second factor, and an agent that asks for one action. */
async function desk(tenant: string, action: string, args: unknown) {
  const root = await cp.operatorSocket({ subject: 'root', role: 'admin', tenant })
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'edits' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const own = await cp.operatorSocket({ subject: 'ana', role: 'approver', tenant })
  const app = await enrolFactor(own, () => clock.now())
  // the code of that step is spent
  await clock.advance(30_000)
  const agent = await startAgent(await cp.agentSocket({ subject: 'payer', tenant }))
  const { approval } = await agent.ask(action, args)
  return { agent, app, approval, who: { tenant }, now: () => root.must('approval.get', { id: approval.id }) }
}

async function edit(page: Page, action: string): Promise<void> {
  await openLine(row(page, action))
  await page.locator('button.edit:enabled').waitFor()
  await pressKey(page, 'e')
  await page.locator('.fields').waitFor()
}

const enterCode = async (page: Page, app: Authenticator): Promise<void> => {
  await page.getByLabel('Six digits of your second factor').fill(app.code(clock.now()))
  await page.keyboard.press('Enter')
}

it('[AP4] [AP9] [SF1] a grave action, edited in its form and as JSON, takes its new target and a code; the agent begins exactly that', async () => {
  const asked = { to: 'DE89 3704', amount: '1200.00', memo: 'invoice 7' }
  const { agent, app, approval, who, now } = await desk('grave', 'payment', asked)
  await using visit = await browser.open()
  const { page } = visit
  await signIn(page, cp, who)
  await edit(page, 'payment')
  const differs = page.getByRole('list', { name: 'What differs' })
  await page.getByLabel('Account', { exact: true }).fill('DE12 9999')
  await differs.locator('li', { hasText: '/to' }).waitFor()
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  const box = page.getByLabel('Arguments, as JSON')
  expect(JSON.parse(await box.inputValue())).toEqual({ ...asked, to: 'DE12 9999' })
  await box.fill('{"amount":"120.00","to":"DE12 9999","memo":"invoice 7"}')
  await differs.locator('li', { hasText: '/amount' }).getByText('"120.00"').waitFor()
  await page.getByRole('button', { name: 'Approve with these edits …' }).click()

  // what it will be instead stays in sight while it is confirmed
  await differs.locator('li', { hasText: '/to' }).getByText('"DE12 9999"').waitFor()
  await differs.locator('li', { hasText: '/amount' }).waitFor()
  const approve = page.getByRole('button', { name: 'Approve with these edits' })
  const target = page.getByLabel('to release it')
  const code = page.getByLabel('Six digits of your second factor')
  await code.fill(app.code(clock.now()))
  await target.fill('DE89 3704')
  expect(await approve.isDisabled()).toBe(true)
  await target.fill('DE12 9999')
  expect(await approve.isEnabled()).toBe(true)
  await code.fill('')
  expect(await approve.isDisabled()).toBe(true)
  // back to the edit and on again: nothing of it is lost
  await page.getByRole('button', { name: 'Cancel' }).click()
  expect(JSON.parse(await box.inputValue())).toMatchObject({ amount: '120.00' })
  await page.getByRole('button', { name: 'Approve with these edits …' }).click()
  await target.fill('DE12 9999')
  await enterCode(page, app)
  await page.locator('.outcome', { hasText: /approved with edits by ana at / }).waitFor()

  const { approval: released } = await now()
  const bytes = '{"action":"payment","args":{"amount":"120.00","memo":"invoice 7","to":"DE12 9999"}}'
  expect(released).toMatchObject({ status: 'approved', revision: 2, askedDigest: approval.digest })
  expect(await agent.begin(approval)).toMatchObject({ ok: false, error: { code: 'conflict' } })
  expect(await agent.begin(released)).toMatchObject({ ok: true, canonical: bytes })
  expect(visit.faults).toEqual([])
})

it('[AP4] an edit that makes it grave is asked for the factor that its own bytes take, and is not lost over it', async () => {
  const { agent, app, who, now } = await desk('raised', 'refund', { order: 'A-7', amount: 40 })
  await using visit = await browser.open()
  const { page } = visit
  await signIn(page, cp, who)
  await edit(page, 'refund')
  await page.getByLabel('amount').fill('400')
  await page.getByRole('button', { name: 'Approve with these edits', exact: true }).click()
  await page.locator('.notice', { hasText: 'second factor' }).waitFor()
  await page.getByRole('list', { name: 'What differs' }).locator('li', { hasText: '/amount' }).waitFor()
  expect((await now()).approval).toMatchObject({ status: 'pending', revision: 1 })
  await enterCode(page, app)
  await page.locator('.outcome', { hasText: 'approved with edits by ana' }).waitFor()
  const { approval: released } = await now()
  expect(await agent.begin(released)).toMatchObject({
    ok: true,
    canonical: '{"action":"refund","args":{"amount":400,"order":"A-7"}}',
  })
  expect(visit.faults).toEqual([])
})

it('[AP10] a letter that pretends breaks no line of the form, neither in a name nor in what is typed', async () => {
  const { who } = await desk('pretending', 'refund', {
    amount: 1,
    'p\u0430yee': 'p\u0430ypal',
    'a\u202Eb': 'gpj.\u202Eexe\u200B',
  })
  await using visit = await browser.open()
  const { page } = visit
  await signIn(page, cp, who)
  await edit(page, 'refund')
  const heights = await page
    .locator('.field .text')
    .evaluateAll((texts) =>
      texts.map(
        (text) => text.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(text).lineHeight),
      ),
    )
  expect(heights.length).toBeGreaterThanOrEqual(4)
  for (const lines of heights) expect(lines).toBeLessThan(1.5)
  expect(visit.faults).toEqual([])
})
