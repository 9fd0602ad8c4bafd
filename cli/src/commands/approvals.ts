import type { OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalStatus, type ApprovalView, counted } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { newestApprovals } from '../newest.ts'
import { type ApprovalRow, approvalRow, approvalsTable, leftText } from '../output/approvals-table.ts'
import { cameOf, decidersOf, levelText } from '../output/details.ts'
import { localTime, shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { argumentsOf } from './arguments-of.ts'
import { readSince, wholeNumber, withExamples } from './options.ts'
import { unknownAgent } from './unknown-agent.ts'

const statuses = ['pending', 'approved', 'denied', 'expired', 'auto_approved', 'cancelled', 'all'] as const

interface Options {
  readonly status: ApprovalStatus | 'all'
  readonly agent?: string
  readonly limit: number
  readonly since?: string
}

export const approvals = (cli: Cli): Command =>
  withExamples(
    new Command('approvals')
      .description(
        'list what waits for a person, the nearest deadline first; or what was decided, the latest first',
      )
      .addOption(new Option('--status <status>', 'which ones').choices(statuses).default('pending'))
      .option('--agent <agent>', 'only this agent’s')
      .option('--since <when>', 'asked for since a time like 2026-01-31T12:00:00Z, or how long ago: 2h')
      .option('--limit <n>', 'at most this many', wholeNumber(500), 100),
    'approvals',
    'approvals --status denied --agent folder-agent',
    'approvals --status all --since 2h --limit 20',
    'approvals --json | jq -r ".approvals[].id"',
  ).action((options: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const { status, agent, limit, since } = options
      const filter = {
        ...(status === 'all' ? {} : { status }),
        ...(agent === undefined ? {} : { agent }),
      }
      const from = since === undefined ? '' : readSince(since, client.serverNow())
      const pending = status === 'pending'
      // The nearest deadline may be of the oldest: all that waits is looked at, and there is a cap on that.
      const most = pending ? Number.POSITIVE_INFINITY : limit
      const found = await out.during(
        'Reading approvals',
        newestApprovals(client, filter, most, ({ stages }) => stages.queued.at >= from),
      )
      const list = pending ? found.approvals.toSorted(byDeadline).slice(0, limit) : found.approvals
      const more = found.more || list.length < found.approvals.length
      const now = client.serverNow()
      const waiting = status === 'pending' ? ticketsOf(client, agent) : 0
      const unknown = await unknownAgent(client, agent, list)
      const args = out.json
        ? new Map()
        : await out.during(
            'Reading what they would run',
            argumentsOf(
              (id) => client.approval(id),
              list.map(({ id }) => id),
            ),
          )
      out.result({ approvals: list, more }, () =>
        list.length === 0
          ? (unknown ?? nothing(status, waiting))
          : approvalsTable(
              [
                'ID',
                status === 'pending' ? 'LEFT' : 'STATUS',
                'LEVEL',
                'AGENT',
                'ACTION',
                ...(status === 'pending' ? [] : ['BY', 'CAME OF IT']),
              ],
              list.map((one) => row(one, args.get(one.id) ?? '', status, now)),
              out.columns,
            ),
      )
      if (waiting > 0 && list.length > 0) out.note(ticketsWait(waiting))
      if (more) out.note(`There are more than ${limit}: ask for more with --limit.`)
    }),
  )

/** Tickets and questions wait for a person as well. */
const ticketsOf = ({ replica }: OperatorClient, agent: string | undefined): number =>
  [...replica.tickets.values()].filter((one) => agent === undefined || one.agent === agent).length

function nothing(status: Options['status'], waiting: number): string {
  if (status !== 'pending') return 'Nothing to show.'
  return waiting === 0 ? 'Nothing waits for a person.' : `No approval waits. ${ticketsWait(waiting)}`
}

const ticketsWait = (count: number): string =>
  `${counted(count, 'ticket waits', 'tickets wait')}: holdpoint tickets`

/** The nearest deadline first; without one last; of two alike the riskier first. */
export const byDeadline = (a: ApprovalView, b: ApprovalView): number =>
  deadline(a) - deadline(b) || (b.risk ?? 0) - (a.risk ?? 0) || (a.id < b.id ? -1 : 1)

const deadline = ({ expiresAt }: ApprovalView): number =>
  expiresAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt)

function row(one: ApprovalView, args: string, status: Options['status'], now: number): ApprovalRow {
  const decided = one.stages.decided
  const cells = [
    shortId(one.id),
    status === 'pending'
      ? leftText(one, now)
      : `${one.status}${decided ? ` ${localTime(decided.at, new Date(now))}` : ''}`,
    levelText(one),
    visible(one.agent),
    visible(one.action),
    ...(status === 'pending' ? [] : [decidersOf(one), cameOf(one)]),
  ]
  return approvalRow(cells, one, args)
}
