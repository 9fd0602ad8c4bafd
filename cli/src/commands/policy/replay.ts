import { counted } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { shortId } from '../../output/format.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { type Replayed, replay as replayed } from '../../policy/replay.ts'
import { wholeNumber, withExamples } from '../options.ts'

interface Options {
  readonly agent?: string
  readonly limit: number
  readonly all?: boolean
}

export const replay = (cli: Cli): Command =>
  withExamples(
    new Command('replay')
      .description('judge recorded requests by a candidate, and show what would have come out otherwise')
      .argument('<file>', 'the candidate, YAML or JSON')
      .option('--agent <agent>', 'only requests of this agent')
      .option('--limit <n>', 'as many requests at most, the latest', wholeNumber(10_000), 500)
      .option('--all', 'show also what would have come out the same'),
    'policy replay candidate.policy.yaml',
    'policy replay candidate.policy.yaml --agent folder-agent --all --json',
  ).action((path: string, { agent, limit, all }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const { policy } = await readPolicyFile(path)
      const rows = await out.during('Judging', replayed(client, policy, { agent, limit }))
      const counts = countsOf(rows)
      const shown = all ? rows : rows.filter(({ difference }) => difference !== 'same')
      out.result({ version: policy.version, counts, requests: shown }, () =>
        [
          ...(shown.length > 0 ? [table(HEADINGS, shown.map(cells)), ''] : []),
          `${counted(rows.length, 'request')} by ${policy.version}: ${counts.stricter} stricter, ${counts.weaker} weaker, ${counts.other} otherwise, ${counts.same} the same.`,
        ].join('\n'),
      )
    }),
  )

const HEADINGS = ['ID', 'AGENT', 'ACTION', 'DECIDED', 'CANDIDATE', '', 'BY']

const cells = ({ id, agent, action, decided, candidate, difference, rules }: Replayed): readonly string[] => [
  shortId(id),
  visible(agent),
  visible(action),
  words(decided),
  words(candidate),
  difference,
  visible(rules.join(', ')),
]

const words = ({ verdict, level, approvals, factor }: Replayed['decided']): string => {
  if (verdict !== 'ask') return verdict
  const extra = [...(approvals > 1 ? [`${approvals} persons`] : []), ...(factor ? ['factor'] : [])]
  return [level, ...extra].join(' + ')
}

const countsOf = (rows: readonly Replayed[]) => {
  const of = (one: Replayed['difference']) => rows.filter(({ difference }) => difference === one).length
  return { stricter: of('stricter'), weaker: of('weaker'), other: of('other'), same: of('same') }
}
