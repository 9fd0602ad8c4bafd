import type { OperatorClient } from '@holdpoint/client/operator'
import type { ApprovalView, TicketView } from '@holdpoint/shared'
import type { Command } from 'commander'
import type { Session } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import { newestApprovals } from '../newest.ts'
import { agentLines, instructionLines } from '../output/agent-details.ts'
import { approvalRow, approvalsTable, leftText } from '../output/approvals-table.ts'
import { levelText } from '../output/details.ts'
import { shortId } from '../output/format.ts'
import type { Output } from '../output/output.ts'
import { ticketsTable } from '../output/tickets-table.ts'
import { visible } from '../output/visible.ts'
import { byDeadline } from './approvals.ts'
import { argumentsOf } from './arguments-of.ts'
import { readAgent } from './unknown-agent.ts'

/** More than one agent may have open. */
const MOST_TICKETS = 500

/** One agent: where it stands, what of it waits, what it was told and has yet to answer, and what it may still use. */
export async function showAgent({ client, out }: Session, id: string, command: Command): Promise<void> {
  const filters = command.options.filter((one) => command.getOptionValueSource(one.attributeName()) === 'cli')
  if (filters.length > 0)
    throw new UsageError(
      `One agent is shown whole: leave out its id, or ${filters.map(({ long }) => long).join(' and ')}.`,
    )
  const detail = await out.during('Reading the agent', readAgent(client, id))
  const [approvals, tickets] = await out.during(
    'Reading what waits',
    Promise.all([approvalsOf(client, id), ticketsOf(client, id)]),
  )
  const now = client.serverNow()
  const waiting = out.json ? [] : await approvalLines(client, out, approvals, now)
  out.result({ ...detail, approvals, tickets }, () =>
    [
      ...agentLines(detail, [...client.replica.orders.values()]),
      ...waiting,
      ...(tickets.length === 0 ? [] : ['', 'Tickets and questions', ticketsTable(tickets, now, out.columns)]),
      ...instructionLines(detail.instructions),
    ].join('\n'),
  )
}

const approvalsOf = async (client: OperatorClient, agent: string): Promise<readonly ApprovalView[]> => {
  const { approvals } = await newestApprovals(client, { agent, status: 'pending' }, Number.POSITIVE_INFINITY)
  return approvals.toSorted(byDeadline)
}

const ticketsOf = async (client: OperatorClient, agent: string): Promise<readonly TicketView[]> => {
  const pages = (['open', 'acknowledged'] as const).map((status) =>
    client.tickets({ agent, status, limit: MOST_TICKETS }),
  )
  return (await Promise.all(pages)).flatMap(({ tickets }) => tickets)
}

async function approvalLines(
  client: OperatorClient,
  out: Output,
  approvals: readonly ApprovalView[],
  now: number,
): Promise<readonly string[]> {
  if (approvals.length === 0) return []
  const ids = approvals.map(({ id }) => id)
  const args = await argumentsOf((id) => client.approval(id), ids)
  const rows = approvals.map((one) =>
    approvalRow(
      [shortId(one.id), leftText(one, now), levelText(one), visible(one.action)],
      one,
      args.get(one.id) ?? '',
    ),
  )
  return ['', 'Approvals', approvalsTable(['ID', 'LEFT', 'LEVEL', 'ACTION'], rows, out.columns)]
}
