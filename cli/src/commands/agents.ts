import type { AgentFilter, AgentPage, OperatorClient } from '@holdpoint/client/operator'
import { type AgentState, type AgentView, agentStates } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { agentStanding, leaseText } from '../output/agent-standing.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { showAgent } from './one-agent.ts'
import { wholeNumber, withExamples } from './options.ts'

/** As it is shown. */
const NO_RUN = 'no-run'
/** How many one answer holds at most. */
const PAGE = 500

interface Options {
  readonly state?: AgentState | typeof NO_RUN
  readonly labels?: string
  readonly search?: string
  readonly limit: number
}

export const agents = (cli: Cli): Command =>
  withExamples(
    new Command('agents')
      .description(
        'list agents: what is wanted of them beside what they acknowledged, and their lease; or show one whole',
      )
      .argument('[agent]', 'one agent’s id: all there is to know of it, and what of it waits')
      .addOption(
        new Option('--state <state>', 'only in this state, as it is listed').choices([
          ...agentStates,
          NO_RUN,
        ]),
      )
      .option('--labels <selector>', 'only with these labels, like team=payments,env!=prod')
      .option('--search <text>', 'only with this in their id')
      .option('--limit <n>', 'at most this many', wholeNumber(100_000), 100)
      .addHelpText(
        'after',
        '\nOf one agent, --json is { "agent": …, "instructions": …, "budgets": …, "approvals": …, "tickets": … }.',
      ),
    'agents',
    'agents --state paused --labels team=payments',
    'agents --state no-run',
    'agents folder-agent',
  ).action((id: string | undefined, { limit, state, ...filter }: Options, command: Command) =>
    cli.withOperator(command, async (session) => {
      if (id !== undefined) return showAgent(session, id, command)
      const { client, out } = session
      const reading = read(client, { ...filter, ...asked(state) }, limit)
      const {
        agents: list,
        counts,
        noRun,
        unreadable,
        nextCursor,
      } = await out.during('Reading agents', reading)
      const more = nextCursor !== undefined
      out.result(
        { agents: list, counts, noRun, ...(unreadable && { unreadable }), ...(more && { nextCursor, more }) },
        () =>
          list.length === 0
            ? 'No agents.'
            : table(['AGENT', 'STATE', 'LEASE', 'TRUST', 'OPEN', 'STEP'], list.map(row), {
                within: out.columns,
                shorten: [5, 3, 4, 2],
              }),
      )
      if (unreadable)
        out.note(`Could not be read, and can do nothing: ${unreadable.map(visible).join(', ')}.`)
      if (more) out.note(`There are more than ${limit}: ask for more with --limit.`)
    }),
  )

/** As many as are asked for, on however many pages; counts as of the last of them. */
async function read(client: OperatorClient, filter: AgentFilter, limit: number): Promise<AgentPage> {
  const found: AgentView[] = []
  let cursor: string | undefined
  for (;;) {
    const left = Math.min(PAGE, limit - found.length)
    const page = await client.agents({ ...filter, limit: left, ...(cursor !== undefined && { cursor }) })
    found.push(...page.agents)
    cursor = page.nextCursor
    if (cursor === undefined || found.length >= limit) return { ...page, agents: found }
  }
}

/** The control plane knows both as `stopped`; they are listed as what they are. */
const asked = (state: Options['state']): AgentFilter => {
  if (state === NO_RUN) return { noRun: true }
  if (state === 'stopped') return { state, noRun: false }
  return state === undefined ? {} : { state }
}

const row = (one: AgentView): readonly string[] => [
  visible(one.id),
  agentStanding(one),
  leaseText(one),
  `${one.autonomy.trust.toFixed(2)} ${one.autonomy.level}`,
  String(one.open.approvals + one.open.tickets),
  visible(one.progress?.step ?? one.progress?.message ?? one.task ?? ''),
]
