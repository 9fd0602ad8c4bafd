import type { Harness } from '../harness/control-plane.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'

const policy = {
  version: '2026-11',
  catalogue: {
    send_email: {
      level: 'required',
      class: 'external_api',
      consumes: { apiCalls: 1 },
      args: {
        type: 'object',
        properties: {
          to: { type: 'string', title: 'To', description: 'One address' },
          cc: { type: 'array', items: { type: 'string' }, title: 'Copies to' },
          subject: { type: 'string', title: 'Subject', maxLength: 120 },
          text: { type: 'string', title: 'Text', maxLength: 4_000 },
          priority: { enum: ['low', 'normal', 'high'], title: 'Priority' },
        },
        required: ['to', 'subject', 'text'],
      },
    },
  },
  schedules: {
    primary: {
      timeZone: 'Europe/Berlin',
      rotations: [
        {
          name: 'weeks',
          participants: ['ana', 'bo', 'lena'],
          shiftDays: 7,
          handOver: { time: '09:00', weekday: 'monday' },
          startsOn: '2026-01-05',
        },
      ],
    },
  },
}

/** A believable afternoon: agents at work, some held, some told to pause, and people who decide. */
export async function setScene(cp: Harness): Promise<void> {
  const start = async (subject: string, team: string, task: string, step: string) => {
    const agent = await startAgent(
      await cp.agentSocket({ subject, labels: { team, env: 'prod' }, owner: 'lena' }),
      { task },
    )
    agent.socket.socket.emit('progress', { epoch: agent.epoch, step })
    return agent
  }
  const lena = await cp.operatorSocket({ subject: 'lena', role: 'admin' })
  await lena.must('policy.activate', { key: freshKey(), policy, reason: 'schemas, and who is on call' })
  const invoices = await start('invoice-bot', 'payments', 'Pay what is due this week', 'invoice 14 of 31')
  const support = await start('support-triage', 'support', 'Answer the queue', 'drafting a reply to #4182')
  const deployer = await start('release-agent', 'platform', 'Roll out 2.4.0', 'canary at 5 %')
  const folder = await start('folder-agent', 'docs', 'Tidy the team folder', 'moving logs of 2021')
  const research = await start('market-research', 'growth', 'Compare three vendors', 'reading pricing pages')
  const crm = await start('crm-sync', 'growth', 'Keep contacts in step', 'batch 9 of 12')
  for (const [name, team, step] of [
    ['backup-verifier', 'platform', 'restoring snapshot 118'],
    ['ledger-check', 'payments', 'matching 2 031 lines'],
    ['translation-de', 'docs', 'page 41 of 60'],
    ['translation-fr', 'docs', 'page 12 of 60'],
    ['alert-summary', 'platform', 'grouping 54 alerts'],
    ['lead-scoring', 'growth', 'batch 2 of 4'],
  ] as const)
    await earn(await start(name, team, 'Every hour', step), 6)
  await earn(invoices, 4)
  await earn(deployer, 12)
  await earn(crm, 2)
  await fail(research)

  const bo = await cp.operatorSocket({ subject: 'bo', role: 'approver' })
  for (const to of ['kim@example.org', 'lee@example.org', 'sam@example.org']) {
    const { approval } = await support.ask('send_email', {
      to,
      subject: 'Your question',
      text: 'It is fixed in 2.4.0.',
    })
    await bo.must('approval.approve', { key: freshKey(), ...shown(approval) })
  }
  const refused = await support.ask('send_email', {
    to: 'all@example.org',
    subject: 'Outage',
    text: 'We are down.',
  })
  await bo.must('approval.deny', {
    key: freshKey(),
    ...shown(refused.approval),
    reason: 'Nobody is down; ask before writing to all.',
  })

  await support.ask(
    'send_email',
    {
      to: 'mia@example.org',
      cc: ['billing@example.org'],
      subject: 'Refund for order 7731',
      text: 'Hello Mia,\n\nyour refund of 49.00 EUR is on its way and takes two days.\n\nKind regards',
    },
    { summary: 'Tell the customer that the refund is on its way', confidence: 0.86, risk: 0.22 },
  )
  await invoices.ask(
    'payment',
    {
      to: 'DE89 3704 0044 0532 0130 00',
      name: 'Papierhaus Kr\u0430mer',
      amount: '1240.00',
      currency: 'EUR',
      memo: 'Invoice 2026-118',
    },
    { summary: 'Invoice 2026-118, due tomorrow', confidence: 0.71, risk: 0.62 },
  )
  await crm.ask(
    'api_call',
    { method: 'PATCH', url: 'https://crm.example.org/v2/contacts/991', body: { stage: 'won', owner: 'kim' } },
    { summary: 'Mark the contact as won' },
  )
  await folder.ask(
    'delete_data',
    { path: '/srv/team/old/2019', recursive: true, files: 148 },
    { summary: 'Nobody opened these for six years', risk: 0.4 },
  )
  await deployer.ask(
    'deploy',
    { service: 'checkout', version: '2.4.0', share: 0.25, region: 'eu-central-1' },
    { summary: 'Canary is healthy; go to 25 %', confidence: 0.93 },
  )
  await research.send('question.ask', {
    question: 'Vendor B wants a company e-mail address for its price list. May I use research@?',
    choices: ['Yes', 'No, leave vendor B out'],
    blocking: false,
  })
  await lena.must('standing.issue', {
    key: freshKey(),
    agent: 'release-agent',
    action: 'send_email',
    when: 'args.to.endsWith("@example.org")',
    count: 5,
    reason: 'release notes to ourselves',
  })
  await lena.must('agent.pause', {
    key: freshKey(),
    target: { labels: 'team=growth' },
    reason: 'quota with the vendor is used up',
  })
}

async function earn(agent: RawAgent, times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    const read = await agent.ask('read_file', { path: `notes/${at}.md` })
    if (!read.ok || read.verdict !== 'go') return
    await agent.begin(read.action)
    await agent.report(read.action.id)
  }
}

async function fail(agent: RawAgent): Promise<void> {
  const read = await agent.ask('read_file', { path: 'notes/none.md' })
  await agent.begin(read.action)
  await agent.report(read.action.id, 'failure', { severity: 0.6, error: 'no such file' })
}
