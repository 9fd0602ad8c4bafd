import type { Harness } from './control-plane.ts'
import { freshKey, startAgent } from './raw-agent.ts'

/** As much as may be said of one: an answer then holds fewer than 200. */
const words = 'x'.repeat(2_000)
const COUNT = 200

/** So many settled approvals and tickets that a list of either takes more than one answer; the latest of each. */
export async function moreThanOneAnswerHolds(
  cp: Harness,
): Promise<{ readonly approval: string; readonly ticket: string }> {
  const agent = await startAgent(await cp.agentSocket({ subject: 'busy' }))
  const admin = await cp.operatorSocket({ subject: 'bo', role: 'admin' })
  let [approval, ticket] = ['', '']
  for (let at = 0; at < COUNT; at++) {
    const asked = await agent.ask('send_email', { at }, { blocking: false, summary: words })
    approval = asked.approval.id
    await agent.socket.must('approval.cancel', { key: freshKey(), id: approval, reason: 'not any more' })
    const raised = await agent.send('escalation.raise', { reason: 'error', context: { at } })
    ticket = raised.ticket.id
    await admin.must('ticket.resolve', { key: freshKey(), id: ticket, resolution: words })
  }
  for (const name of ['approval.list', 'ticket.list'] as const) {
    const { nextCursor } = await admin.must(name, { limit: 500 })
    if (nextCursor === undefined) throw new Error(`one answer of ${name} holds all of them`)
  }
  return { approval, ticket }
}
