import type { AgentFilter } from '@holdpoint/client/operator'
import { type AgentState, type AgentView, agentStates } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { agentStanding, leaseText } from '../output/agent-standing.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { wholeNumber, withExamples } from './options.ts'

interface Options {
  readonly state?: AgentState
  readonly labels?: string
  readonly search?: string
  readonly limit: number
}

export const agents = (cli: Cli): Command =>
  withExamples(
    new Command('agents')
      .description('list agents: what is wanted of them beside what they acknowledged, and their lease')
      .addOption(new Option('--state <state>', 'only in this state').choices(agentStates))
      .option('--labels <selector>', 'only with these labels, like team=payments,env!=prod')
      .option('--search <text>', 'only with this in their id')
      .option('--limit <n>', 'at most this many', wholeNumber(500), 100),
    'agents',
    'agents --state paused --labels team=payments',
  ).action(({ limit, ...filter }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const page = await out.during('Reading agents', client.agents({ ...filter, limit } as AgentFilter))
      const { agents: list, counts, nextCursor } = page
      out.result({ agents: list, counts, ...(nextCursor ? { nextCursor } : {}) }, () =>
        list.length === 0
          ? 'No agents.'
          : table(['AGENT', 'STATE', 'LEASE', 'TRUST', 'OPEN', 'STEP'], list.map(row), {
              within: out.columns,
              shorten: [5, 3, 4, 2],
            }),
      )
      if (nextCursor) out.note(`There are more than ${limit}: ask for more with --limit.`)
    }),
  )

const row = (one: AgentView): readonly string[] => [
  visible(one.id),
  agentStanding(one),
  leaseText(one),
  `${one.autonomy.trust.toFixed(2)} ${one.autonomy.level}`,
  String(one.open.approvals + one.open.tickets),
  visible(one.progress?.step ?? one.progress?.message ?? one.task ?? ''),
]
