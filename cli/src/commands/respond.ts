import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { AskedOption, askOnceFound } from './asked-option.ts'
import { findApproval } from './find.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Options extends Keyed {
  readonly message: string
}

export const respond = (cli: Cli): Command =>
  withExamples(
    new Command('respond')
      .description('do not run it, and tell the agent something instead; it does not count as a denial')
      .argument('<approval>', 'its id, or at least 6 of its last characters')
      .addOption(new AskedOption('--message <text>', 'what to tell the agent'))
      .addOption(keyOption()),
    'respond 456789ab --message "Use the archive folder instead of deleting"',
  ).action((typed: string, _options: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      const displayed = await client.approval(await findApproval(client, typed))
      await askOnceFound(io, command)
      const { message, ...options } = command.opts<Options>()
      const approval = await out.during(
        'Waiting for the control plane',
        client.respond(displayed, message, keyed(options)),
      )
      out.result(
        { approval },
        () =>
          `✓ told ${visible(approval.agent)} instead of running ${visible(approval.action)} (${shortId(approval.id)})`,
      )
    }),
  )
