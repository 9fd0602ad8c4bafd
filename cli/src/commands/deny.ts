import type { ApprovalView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { findApproval } from './find.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Options extends Keyed {
  readonly reason: string
}

export const deny = (cli: Cli): Command =>
  withExamples(
    new Command('deny')
      .description(
        'refuse an action; the agent is told why, and asked again it gets the same answer for a time',
      )
      .argument('<approval>', 'its id, or at least 6 of its last characters')
      .addOption(reasonOption('why; the agent reads it'))
      .addOption(keyOption()),
    'deny 456789ab --reason "The audit still needs this file"',
  ).action((typed: string, _options: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      const displayed = await client.approval(await findApproval(client, typed))
      await askOnceFound(io, command)
      const options = command.opts<Options>()
      const approval = await out.during(
        'Waiting for the control plane',
        client.deny(displayed, options.reason, keyed(options)),
      )
      out.result(
        { approval },
        () =>
          `✓ ${approval.status === 'pending' ? deniedBySome(approval) : 'denied'}: ${visible(approval.action)} by ${visible(approval.agent)} (${shortId(approval.id)})`,
      )
    }),
  )

const deniedBySome = ({ objections = [], needs }: ApprovalView): string =>
  `denied by ${objections.length} of ${needs?.denials ?? 1}, it waits for others`
