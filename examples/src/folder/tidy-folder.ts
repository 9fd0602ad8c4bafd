import { ActionFailure, type ActResult, type AgentClient, HoldpointError } from '@holdpoint/client'
import { pace, type Say } from '../agent-process.ts'
import { type Mail, sendMail } from './mailer.ts'
import { plan, REPORTS } from './plan.ts'
import { type Order, orders, type Tidied, writeReport } from './report.ts'
import type { Skips } from './skips.ts'
import type { FileFacts, Workspace } from './workspace.ts'

export interface Job {
  readonly agent: AgentClient
  readonly workspace: Workspace
  readonly skips: Skips
  readonly say: Say
  readonly smtpPort: number
  readonly reportTo: string
  readonly staleDays: number
  /** How long to linger between steps, ms, so that a person can follow. */
  readonly paceMs: number
}

/**
 * The job: list, read, delete what is stale, ask how to sort, write the report, mail it.
 * Every step is asked for, every decision is taken into account, and nothing acts on anything but approved arguments.
 * Returns a sentence about how it went.
 */
export async function tidyFolder(job: Job): Promise<string> {
  const files = await listFiles(job)
  const read = new Map<string, number>()
  const tidied: Tidied[] = []
  for (const step of plan(files, job.staleDays)) {
    if (step.kind === 'read') await readOne(job, step.path, read)
    else tidied.push(await deleteOne(job, step.file))
  }
  const order = await askOrder(job)
  const report = writeReport(files, read, tidied, order)
  const written = await writeOne(job, report)
  const mailed = await mailOne(job, report)
  return `Done: ${tidied.filter((one) => one.deleted).length} files deleted, report ${written}, mail ${mailed}.`
}

/** An action that went wrong was reported as such by then; it costs this step and not the run. */
async function attempt<T>(
  { agent, say }: Job,
  acting: Promise<ActResult<T>>,
): Promise<ActResult<T> | { readonly status: 'failed'; readonly reason: string }> {
  try {
    return await acting
  } catch (error) {
    if (agent.signal.aborted || error instanceof HoldpointError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    say(`  it failed: ${reason}`)
    return { status: 'failed', reason }
  }
}

/** AG3: asked before each step is decided; while paused the agent waits here. */
async function nextStep({ agent, say, paceMs }: Job, step: string): Promise<void> {
  await pace(paceMs, agent.signal)
  if (!agent.canContinue()) say(`held before: ${step}`)
  await agent.checkpoint()
  agent.progress({ step })
  say(step)
}

/**
 * The same key in a process that takes this run over: what a person was asked for once is not asked for twice (AP7).
 * Reading has none: nobody minds it twice, and a new process needs to know what the old one read.
 */
const keyOf = ({ agent }: Job, what: string): string => `${agent.held?.id}:${what}`.slice(0, 128)

async function listFiles(job: Job): Promise<readonly FileFacts[]> {
  await nextStep(job, 'list the folder')
  const listed = await job.agent.run('read_file', { path: '.' }, () => job.workspace.list())
  if (listed.status !== 'done') throw new Error(`I may not look into the folder: ${listed.reason}`)
  return listed.value
}

async function readOne(job: Job, path: string, read: Map<string, number>): Promise<void> {
  await nextStep(job, `read ${path}`)
  const result = await attempt(
    job,
    job.agent.run(
      'read_file',
      { path },
      async (approved) => (await job.workspace.read(approved.path)).split('\n').length,
    ),
  )
  if (result.status === 'done') read.set(path, result.value)
  else job.say(`  did not read it: ${result.reason}`)
}

async function deleteOne(job: Job, { path, ageDays, bytes }: FileFacts): Promise<Tidied> {
  if (job.skips.has(path)) return { path, deleted: false, because: 'an operator told me to skip it' }
  await nextStep(job, `delete ${path}`)
  // An instruction may have come in while the agent was held.
  if (job.skips.has(path)) return { path, deleted: false, because: 'an operator told me to skip it' }
  const result = await attempt(
    job,
    job.agent.run(
      'delete_data',
      { path },
      async (approved, { signal }) => {
        signal.throwIfAborted()
        await job.workspace.remove(approved.path)
        return approved.path
      },
      {
        key: keyOf(job, `delete ${path}`),
        summary: `${path} was not touched for ${ageDays} days (${bytes} bytes)`,
        confidence: 0.9,
        risk: 0.4,
      },
    ),
  )
  if (result.status === 'done') {
    job.say(`  deleted ${result.value}`)
    return { path: result.value, deleted: true }
  }
  const because = whyNot(result)
  job.say(`  kept ${path}: ${because}`)
  return { path, deleted: false, because }
}

async function askOrder(job: Job): Promise<Order> {
  await nextStep(job, 'ask how to sort the report')
  const answer = await job.agent.ask('How shall I sort the files in the report?', {
    choices: orders,
    key: keyOf(job, 'order'),
  })
  const chosen = answer.status === 'answered' ? orders.find((one) => one === answer.answer) : undefined
  if (chosen === undefined) job.say('  nobody answered: I sort by name')
  return chosen ?? 'by name'
}

async function writeOne(job: Job, text: string): Promise<string> {
  const path = `${REPORTS}/report.md`
  await nextStep(job, `write ${path}`)
  const result = await attempt(
    job,
    job.agent.run(
      'write_file',
      { path, text },
      async (approved) => {
        await job.workspace.write(approved.path, approved.text)
        return approved.path
      },
      { key: keyOf(job, `write ${path}`), summary: 'My report on the folder' },
    ),
  )
  return result.status === 'done' ? `in ${result.value}` : `not written (${whyNot(result)})`
}

async function mailOne(job: Job, text: string): Promise<string> {
  const mail: Mail = { to: job.reportTo, subject: 'State of the folder', text }
  await nextStep(job, `mail the report to ${mail.to}`)
  const result = await attempt(
    job,
    job.agent.run(
      'send_email',
      mail,
      async (approved, { signal }) => {
        signal.throwIfAborted()
        await sendMail(job.smtpPort, readMail(approved))
        return approved.to
      },
      { key: keyOf(job, 'mail'), summary: `My report, to ${mail.to}`, confidence: 0.95, risk: 0.2 },
    ),
  )
  return result.status === 'done' ? `sent to ${result.value}` : `not sent (${whyNot(result)})`
}

/** A person may have edited the arguments into something that is no mail. */
function readMail(args: Partial<Record<keyof Mail, unknown>>): Mail {
  const { to, subject, text } = args
  if (typeof to !== 'string' || typeof subject !== 'string' || typeof text !== 'string')
    throw new ActionFailure('A mail needs "to", "subject" and "text".', { severity: 0.2 })
  return { to, subject, text }
}

const whyNot = (
  result:
    | Exclude<ActResult<unknown>, { status: 'done' }>
    | { readonly status: 'failed'; readonly reason: string },
): string => ('response' in result && result.response !== undefined ? result.response : result.reason)
