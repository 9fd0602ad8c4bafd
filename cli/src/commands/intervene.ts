import { type Intervention, leavesOpen, type OperatorClient } from '@holdpoint/client/operator'
import { counted, isSettled, SECOND, type Target, type TargetResult } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli, Session } from '../cli.ts'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { controlStage } from '../output/agent-standing.ts'
import { parseDuration, shortId } from '../output/format.ts'
import type { Output } from '../output/output.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { canAsk, prompt } from './confirm.ts'
import { type Keyed, keyOption, namedKey, withExamples } from './options.ts'
import { lookForAgent } from './unknown-agent.ts'

interface Options extends Keyed {
  readonly labels?: string
  readonly all?: boolean
  readonly children?: boolean
  readonly reason?: string
  readonly yes?: boolean
  readonly wait: string | false
}

type Act = 'pause' | 'resume' | 'stop' | 'reinstate'

const DESCRIPTIONS: Readonly<Record<Act, string>> = {
  pause: 'hold agents at their next checkpoint',
  resume: 'let paused agents go on',
  stop: 'stop agents, abort what they do, and lock them until they are reinstated',
  reinstate: 'unlock stopped agents, so that they may be started again',
}

export const pause = (cli: Cli): Command => intervention(cli, 'pause')
export const resume = (cli: Cli): Command => intervention(cli, 'resume')
export const stop = (cli: Cli): Command => intervention(cli, 'stop')
export const reinstate = (cli: Cli): Command => intervention(cli, 'reinstate')

function intervention(cli: Cli, act: Act): Command {
  const command = new Command(act)
    .description(DESCRIPTIONS[act])
    .argument('[agent]', 'one agent’s id')
    .option('--labels <selector>', 'all with these labels, like team=payments,env!=prod')
    .option('--all', 'every agent of the tenant')
    .option('--children', 'with [agent]: its children too')
    .addOption(keyOption())
  if (act === 'resume') command.option('--reason <text>', 'why, for the record')
  else command.addOption(reasonOption())
  if (act === 'pause' || act === 'stop')
    command
      .option(
        '--wait <time>',
        'how long to watch until each agent has acknowledged it, or its lease has',
        '30s',
      )
      .option('--no-wait', 'return once the control plane has it')
  if (act === 'stop') command.option('-y, --yes', 'with --all: do not ask again')
  // whoever is in a hurry types what stop needs: that must not be why nothing is paused
  if (act === 'pause') command.option('-y, --yes', 'as with stop; pausing asks nothing anyway')
  return withExamples(
    command,
    `${act} folder-agent --reason "Looks wrong"`,
    `${act} --labels team=payments --reason "Incident 12"`,
    `${act} --all --reason "Incident 12"`,
  ).action((agent: string | undefined, options: Options, self: Command) =>
    cli.withOperator(self, async (session) => {
      const target = readTarget(agent, options)
      if (act === 'stop' && options.all) await confirmStopAll(session, options)
      if (act !== 'resume' && options.reason === undefined) {
        if ('agent' in target && !target.children) await lookForAgent(session.client, target.agent)
        await askOnceFound(session.io, self)
      }
      await intervene(session, act, target, self.opts<Options>())
    }),
  )
}

/** Exactly one of the agent, --labels and --all. Errors: UsageError. */
export function readTarget(agent: string | undefined, { labels, all, children }: Partial<Options>): Target {
  if ([agent, labels, all].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('Name one agent, or --labels, or --all.')
  if (children && agent === undefined) throw new UsageError('--children goes with one agent.')
  if (agent !== undefined) return children ? { agent, children } : { agent }
  return labels === undefined ? { all: true } : { labels }
}

async function confirmStopAll({ io, out, client }: Session, { yes }: Options): Promise<void> {
  if (yes) return
  if (out.json || !canAsk(io))
    throw new UsageError('Stopping all agents needs --yes where nobody can be asked.')
  const answer = await prompt(
    io,
    `This stops and locks every agent (${client.replica.counts.agents} now), and those that start later. Type "stop all": `,
    'Nothing was stopped.',
  )
  if (answer.trim() !== 'stop all') throw new CommandFailure('Nothing was stopped.')
}

const send = (
  client: OperatorClient,
  act: Act,
  target: Target,
  reason: string,
  key: string,
): Promise<Intervention> =>
  act === 'resume'
    ? client.resume(target, reason || undefined, { key })
    : client[act](target, reason, { key })

async function intervene(session: Session, act: Act, target: Target, options: Options): Promise<void> {
  const { client, out } = session
  const waitMs = readWait(options.wait)
  const key = namedKey(options)
  const done = await out.during(
    'Waiting for the control plane',
    send(client, act, target, options.reason ?? '', key),
  )
  const refusedAll = done.results.length > 0 && done.results.every(({ ok }) => !ok) && !leavesOpen(done)
  if (refusedAll && 'agent' in target && !done.order) throw refusalOf(done.results)
  if (done.order && done.results.length > 0)
    out.note(`Order ${shortId(done.order.id)} stands until lifted; agents that match later are held too.`)
  const followed = act === 'pause' || act === 'stop' ? await follow(session, done.results, waitMs) : new Map()
  const results = done.results.map((one) => ({
    ...one,
    ...(followed.has(one.agent) ? { stage: followed.get(one.agent) } : {}),
  }))
  out.result({ results, ...restOf(done, key), ...(done.order ? { order: done.order } : {}) }, () =>
    [
      ...(nobodyHasIt(done) ? [nobodyMatched(done)] : results.map(resultLine(act, done.order !== undefined))),
      ...unlistedLine(done),
    ].join('\n'),
  )
  noteOpen(out, done, key)
  session.exitWith(exitCodeOfAll(done))
}

/** An order that holds nobody now is no mistake: it is for those that come. */
const nobodyMatched = ({ order }: Intervention): string =>
  order
    ? 'No agent matches now; the order stands, and will hold agents that come.'
    : 'No agent matched; nothing was done.'

/** What an answer leaves out, for programs; `key` where asking again under it says more. */
export const restOf = (done: Intervention, key: string): object => ({
  ...(done.remaining ? { remaining: done.remaining } : {}),
  ...(done.unlisted ? { unlisted: done.unlisted } : {}),
  ...(leavesOpen(done) ? { key } : {}),
})

export const unlistedLine = ({ unlisted }: Intervention): readonly string[] =>
  unlisted ? [`… and ${unlisted} more, which are not listed`] : []

/** Says what to do where some may not have it. */
export function noteOpen(out: Output, done: Intervention, key: string): void {
  if (!leavesOpen(done)) return
  const { remaining = 0, order } = done
  const who = remaining > 0 ? `${counted(remaining, 'agent has', 'agents have')}` : 'Some have'
  const meanwhile = order ? ' The order binds them all the same.' : ''
  out.note(
    `${who} not answered yet.${meanwhile} Run the same command again with --key ${visible(key)} to learn the rest; nobody gets it twice.`,
  )
}

export const nobodyHasIt = ({ results, remaining }: Intervention): boolean =>
  results.length === 0 && !remaining

/**
 * Done only where there were agents, or an order for those that come, and every one did it; the results say which did not.
 * While some have not answered the outcome is unknown, whatever others said: it must be asked for again.
 */
export function exitCodeOfAll(done: Intervention): number {
  if (leavesOpen(done)) return EXIT.unknownOutcome
  const { results, order } = done
  return (results.length > 0 || order) && results.every(({ ok }) => ok) ? EXIT.ok : EXIT.refused
}

const refusalOf = ([first]: readonly TargetResult[]): CommandFailure =>
  new CommandFailure(
    first?.error ? `${visible(first.error.message)} [${first.error.code}]` : 'The control plane refused it.',
    first?.error?.code === 'forbidden' ? EXIT.notAllowed : EXIT.refused,
  )

const resultLine = (act: Act, byOrder: boolean) => (one: TargetResult & { readonly stage?: string }) =>
  one.ok
    ? `✓ ${visible(one.agent)}: ${doneText(act, one, byOrder)}`
    : `✗ ${visible(one.agent)}: ${visible(one.error?.message ?? 'refused')}`

function doneText(
  act: Act,
  { state, stage }: TargetResult & { readonly stage?: string },
  byOrder: boolean,
): string {
  // nobody stopped it: it is what it was
  if (act === 'pause' && state === 'stopped')
    return byOrder ? 'has no run now; the order holds it once it starts' : 'has no run to pause'
  if (act === 'reinstate') return 'unlocked; may be started again'
  if (act === 'stop' && stage === NOTHING_RUNS) return 'had no run; locked'
  return [state ?? 'done', stage].filter(Boolean).join(', ')
}

const NOTHING_RUNS = 'nothing runs'

function readWait(text: string | false | undefined): number {
  if (!text) return 0
  const ms = parseDuration(text)
  if (ms === undefined) throw new UsageError(`"${text}" is not a time; write one like 30s.`)
  return ms
}

/** A change that was not heard of is found by asking again, this often. */
const ASK_AGAIN_MS = SECOND

/**
 * Watches each agent until it has acknowledged, or its lease enforced, what is wanted, or the time is up (AG2).
 * Every stage is noted as it is reached. Answers the last known stage of each.
 */
async function follow(
  { client, out, io }: Session,
  results: readonly TargetResult[],
  waitMs: number,
): Promise<ReadonlyMap<string, string>> {
  const stages = new Map<string, string>()
  if (waitMs === 0) return stages
  const open = new Set(results.filter(({ ok }) => ok).map(({ agent }) => agent))
  const until = performance.now() + waitMs
  const look = async (agent: string) => {
    const { control } = (await client.agent(agent)).agent
    const stage = control ? controlStage(control) : NOTHING_RUNS
    if (stages.get(agent) !== stage && out.interactive) out.note(`  ${visible(agent)}: ${stage}`)
    stages.set(agent, stage)
    if (!control || isSettled(control)) open.delete(agent)
  }
  const news = listen(client, open)
  try {
    while (open.size > 0) {
      const next = news.next(ASK_AGAIN_MS)
      await Promise.all([...open].map(look))
      if (open.size === 0 || performance.now() >= until || io.signal.aborted) break
      await next
    }
  } finally {
    news.end()
  }
  return stages
}

/** `next` resolves at the first event about one of these agents since it was called, or after `ms`. */
function listen(client: OperatorClient, agents: ReadonlySet<string>) {
  let ring = (): void => {}
  const unsubscribe = client.onChange((change) => {
    if (change.kind === 'events' && change.events.some(({ agent }) => agent && agents.has(agent))) ring()
  })
  return {
    next: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        ring = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    end: (): void => {
      unsubscribe()
      ring()
    },
  }
}
