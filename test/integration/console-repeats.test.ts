import { describe, expect, it } from 'vitest'
import { browserAndServer } from '../harness/browser-and-server.ts'
import { openLine, row, signIn } from '../harness/console-page.ts'
import { shown, startAgent } from '../harness/raw-agent.ts'

const { browser, cp } = browserAndServer()
const args = { method: 'POST', url: 'https://tickets.example/42' }

/** A process began an action and died; the one that came after it asks for the same. */
async function askedAgain(tenant: string): Promise<{ readonly first: string; readonly again: string }> {
  const root = await cp.operatorSocket({ subject: 'root', role: 'admin', tenant })
  const identity = { subject: 'reporter', tenant }
  const one = await startAgent(await cp.agentSocket(identity))
  const { approval: first } = await one.ask('api_call', args, { blocking: false })
  await root.must('approval.approve', { key: 'approve', ...shown(first) })
  expect(await one.begin(first)).toMatchObject({ ok: true })
  await one.socket.must('lease.release', { epoch: one.epoch })
  const two = await startAgent(await cp.agentSocket(identity), { takeover: true })
  const { approval: again } = await two.ask('api_call', args, { blocking: false })
  return { first: first.id, again: again.id }
}

describe('what may have run already', () => {
  it('[AP9] is said on its card, leads to what was begun, and takes more than a press to be released', async () => {
    const { first, again } = await askedAgain('repeats')
    await using visit = await browser.open()
    const { page } = visit
    await signIn(page, cp, { tenant: 'repeats' })
    await openLine(row(page, 'api_call'))
    const card = page.locator(`article[data-id="${again}"]`)
    const warning = card.getByText('It may have run already.')
    await warning.waitFor()
    await card.getByRole('button', { name: 'Approve' }).first().click()
    await card.getByText('to release it').waitFor()
    await card.getByRole('link', { name: `approval ${first.slice(-8)}` }).click()
    await page.locator(`article[data-id="${first}"]`).waitFor()
  })
})
