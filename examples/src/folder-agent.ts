/**
 * A real agent at work on a real folder. There is no model in it: a scripted planner decides the steps, so that it
 * does the same each time; everything else is as it would be with one.
 *
 *   HOLDPOINT_URL=http://127.0.0.1:7411 HOLDPOINT_TOKEN=… node folder-agent.js --folder ./work --mail ./mail
 *
 * It reads every file, asks to delete what nobody touched for a year, asks how to sort its report, writes it and
 * asks to mail it. Mails go to a local sink that it starts itself; they end as text files in the --mail folder.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AgentClient } from '@holdpoint/client'
import { runAgent, setting } from './agent-process.ts'
import { startMailSink } from './folder/mail-sink.ts'
import { createSkips, type Skips } from './folder/skips.ts'
import { tidyFolder } from './folder/tidy-folder.ts'
import { openWorkspace } from './folder/workspace.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: './work' },
    mail: { type: 'string' },
    to: { type: 'string', default: 'team@example.org' },
    'stale-days': { type: 'string', default: '365' },
    pace: { type: 'string', default: '150' },
    lease: { type: 'string', default: '15000' },
    takeover: { type: 'boolean', default: false },
  },
})

const say = (line: string) => console.log(`folder-agent  ${line}`)

/** IN2: instructions are followed as they come; the next step already keeps to them. */
async function follow(agent: AgentClient, skips: Skips): Promise<void> {
  for await (const instruction of agent.instructions()) {
    const done = skips.follow(instruction.text)
    say(`told by ${instruction.by}: ${JSON.stringify(instruction.text)}: ${done ?? 'I do not understand it'}`)
    if (done) await instruction.applied(done)
    else await instruction.declined('I only understand “skip <pattern>”, like “skip *.log”.')
  }
}

const workspace = await openWorkspace(values.folder)
const sink = await startMailSink(values.mail ?? join(values.folder, '..', 'mail'))
const agent = new AgentClient({
  url: setting('HOLDPOINT_URL'),
  token: setting('HOLDPOINT_TOKEN'),
  name: 'Folder agent',
  task: 'Tidy the folder and report on it',
  leaseMs: Number(values.lease),
  takeover: values.takeover,
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void agent.close())

process.exitCode = await runAgent(agent, say, async () => {
  const skips = createSkips()
  const following = follow(agent, skips).catch((error) => say(`instructions ended: ${error.message}`))
  const result = await tidyFolder({
    agent,
    workspace,
    skips,
    say,
    smtpPort: sink.port,
    reportTo: values.to,
    staleDays: Number(values['stale-days']),
    paceMs: Number(values.pace),
  })
  void following
  return result
})
await sink.close()
