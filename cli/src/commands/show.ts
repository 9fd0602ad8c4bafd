import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { approvalLines, digestHolds } from '../output/details.ts'
import { findApproval } from './find.ts'
import { withExamples } from './options.ts'

export const show = (cli: Cli): Command =>
  withExamples(
    new Command('show')
      .description(
        'show one approval with its whole arguments; the digest is computed again, and characters that would deceive the eye are named',
      )
      .argument('<approval>', 'its id, or at least 6 of its last characters'),
    'show 456789ab',
    'show 456789ab --json | jq .approval.canonical',
  ).action((typed: string, _options: object, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const approval = await client.approval(await findApproval(client, typed))
      client.seen([approval.id])
      out.result({ approval, digestHolds: digestHolds(approval) }, () => approvalLines(approval).join('\n'))
    }),
  )
