import type { AgentFilter, OperatorClient } from '@holdpoint/client/operator'
import { type AgentState, type AgentView, agentStates } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { agentStanding, hasNoRun, leaseText } from '../output/agent-standing.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { wholeNumber, withExamples } from './options.ts'

/** As it is shown: the control plane counts these as stopped. */
const NO_RUN = 'no-run'
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
      .description('list agents: what is wanted of them beside what they acknowledged, and their lease')
      .addOption(
        new Option('--state <state>', 'only in this state, as it is listed').choices([
          ...agentStates,
          NO_RUN,
        ]),
      )
      .option('--labels <selector>', 'only with these labels, like team=payments,env!=prod')
      .option('--search <text>', 'only with this in their id')
      .option('--limit <n>', 'at most this many', wholeNumber(500), 100),
    'agents',
    'agents --state paused --labels team=payments',
    'agents --state no-run',
  ).action(({ limit, ...filter }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const { more, ...page } = await out.during('Reading agents', read(client, filter, limit))
      const { agents: list } = page
      out.result({ ...page, ...(more && { more }) }, () =>
        list.length === 0
          ? 'No agents.'
          : table(['AGENT', 'STATE', 'LEASE', 'TRUST', 'OPEN', 'STEP'], list.map(row), {
              within: out.columns,
              shorten: [5, 3, 4, 2],
            }),
      )
      if (more) out.note(`There are more than ${limit}: ask for more with --limit.`)
    }),
  )

interface Read {
  readonly agents: readonly AgentView[]
  readonly counts: Readonly<Record<AgentState, number>>
  readonly nextCursor?: string
  readonly more: boolean
}

/** What is stopped and what has no run is told apart here, so pages are read until enough of the one are found. */
async function read(
  client: OperatorClient,
  { state, ...filter }: Omit<Options, 'limit'>,
  limit: number,
): Promise<Read> {
  if (state !== NO_RUN && state !== 'stopped') {
    const asked = { ...filter, limit, ...(state && { state }) } satisfies AgentFilter
    const { agents: list, counts, nextCursor } = await client.agents(asked)
    return { agents: list, counts, ...(nextCursor && { nextCursor }), more: nextCursor !== undefined }
  }
  const found: AgentView[] = []
  let cursor: string | undefined
  for (;;) {
    const asked = {
      ...filter,
      state: 'stopped',
      limit: PAGE,
      ...(cursor && { cursor }),
    } satisfies AgentFilter
    const { agents: list, counts, nextCursor } = await client.agents(asked)
    found.push(...list.filter((one) => hasNoRun(one) === (state === NO_RUN)))
    if (nextCursor === undefined || found.length > limit)
      return { agents: found.slice(0, limit), counts, more: found.length > limit }
    cursor = nextCursor
  }
}

const row = (one: AgentView): readonly string[] => [
  visible(one.id),
  agentStanding(one),
  leaseText(one),
  `${one.autonomy.trust.toFixed(2)} ${one.autonomy.level}`,
  String(one.open.approvals + one.open.tickets),
  visible(one.progress?.step ?? one.progress?.message ?? one.task ?? ''),
]
