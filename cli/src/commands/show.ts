import type { OperatorClient } from '@holdpoint/client/operator'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { approvalLines, digestHolds } from '../output/details.ts'
import type { Output } from '../output/output.ts'
import { ticketLines } from '../output/ticket-details.ts'
import { findItem } from './find.ts'
import { withExamples } from './options.ts'

export const show = (cli: Cli): Command =>
  withExamples(
    new Command('show')
      .description(
        'show one approval, ticket or question whole; an approval’s digest is computed again, and characters that would deceive the eye are named',
      )
      .argument('<id>', 'its id, or at least 6 of its last characters')
      .addHelpText('after', '\nWith --json it is { "approval": …, "digestHolds": … } or { "ticket": … }.'),
    'show 456789ab',
    'show 456789ab --json | jq .approval.canonical',
  ).action((typed: string, _options: object, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const { kind, id } = await findItem(client, typed)
      await (kind === 'approval' ? showApproval(client, out, id) : showTicket(client, out, id))
    }),
  )

async function showApproval(client: OperatorClient, out: Output, id: string): Promise<void> {
  const approval = await client.approval(id)
  client.seen([approval.id])
  out.result({ approval, digestHolds: digestHolds(approval) }, () => approvalLines(approval).join('\n'))
}

async function showTicket(client: OperatorClient, out: Output, id: string): Promise<void> {
  const ticket = await client.ticket(id)
  out.result({ ticket }, () => ticketLines(ticket).join('\n'))
}
