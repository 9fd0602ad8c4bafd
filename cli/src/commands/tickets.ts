import type { TicketStatus } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import { shortId } from '../output/format.ts'
import { ticketsTable } from '../output/tickets-table.ts'
import { findTicket } from './find.ts'
import { type Keyed, keyed, keyOption, readJson, wholeNumber, withExamples } from './options.ts'
import { unknownAgent } from './unknown-agent.ts'

const statuses = ['open', 'acknowledged', 'resolved', 'expired', 'cancelled', 'all', 'unresolved'] as const

interface Options {
  readonly status: TicketStatus | 'all' | 'unresolved'
  readonly agent?: string
  readonly limit: number
}

export const tickets = (cli: Cli): Command =>
  withExamples(
    new Command('tickets')
      .description('list tickets and questions, the most urgent first')
      .addOption(new Option('--status <status>', 'which ones').choices(statuses).default('unresolved'))
      .option('--agent <agent>', 'only this agent’s')
      .option('--limit <n>', 'at most this many', wholeNumber(500), 100),
    'tickets',
    'tickets --status resolved --json',
  ).action(({ status, agent, limit }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const standing = [...client.replica.tickets.values()].filter((one) => !agent || one.agent === agent)
      const list =
        status === 'unresolved'
          ? standing.slice(0, limit)
          : (
              await client.tickets({
                limit,
                ...(status === 'all' ? {} : { status }),
                ...(agent === undefined ? {} : { agent }),
              })
            ).tickets
      const sorted = list.toSorted((a, b) => a.priority - b.priority || (a.openedAt < b.openedAt ? -1 : 1))
      const now = client.serverNow()
      const unknown = await unknownAgent(client, agent, sorted)
      out.result({ tickets: sorted }, () =>
        sorted.length === 0 ? (unknown ?? 'No tickets.') : ticketsTable(sorted, now, out.columns),
      )
    }),
  )

export const ack = (cli: Cli): Command =>
  withExamples(
    new Command('ack')
      .description('acknowledge a ticket: somebody looks at it')
      .argument('<ticket>', 'its id, or at least 6 of its last characters')
      .addOption(keyOption()),
    'ack 456789ab',
  ).action((typed: string, options: Keyed, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const ticket = await client.acknowledge(await findTicket(client, typed), keyed(options))
      out.result({ ticket }, () => `✓ acknowledged (${shortId(ticket.id)})`)
    }),
  )

interface ResolveOptions extends Keyed {
  readonly resolution?: string
  readonly action?: string
  readonly args?: string
}

export const resolve = (cli: Cli): Command =>
  withExamples(
    new Command('resolve')
      .description('resolve a ticket, with advice for the agent where you have some')
      .argument('<ticket>', 'its id, or at least 6 of its last characters')
      .option('--resolution <text>', 'what came of it')
      .option('--action <name>', 'an action to advise; doing it goes through policy like any other')
      .option('--args <json>', 'the advised action’s arguments: JSON, @file, or @-')
      .addOption(keyOption()),
    'resolve 456789ab --resolution "False alarm"',
    `resolve 456789ab --action read_file --args '{"path":"README.md"}'`,
  ).action((typed: string, options: ResolveOptions, command: Command) =>
    cli.withOperator(command, async ({ client, io, out }) => {
      const { resolution, action } = options
      if (options.args !== undefined && action === undefined)
        throw new UsageError('--args goes with --action: they are the arguments of the action to advise.')
      if (resolution === undefined && action === undefined)
        throw new UsageError(
          'Say what came of it with --resolution, or advise the agent with --action; a question is answered: holdpoint answer.',
        )
      const args = options.args === undefined ? {} : await readJson(io, '--args', options.args)
      const ticket = await client.resolve(await findTicket(client, typed), {
        ...keyed(options),
        ...(resolution === undefined ? {} : { resolution }),
        ...(action === undefined ? {} : { action: { action, args } }),
      })
      out.result({ ticket }, () => `✓ resolved (${shortId(ticket.id)})`)
    }),
  )
