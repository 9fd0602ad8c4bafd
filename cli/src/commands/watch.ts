import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import { withExamples } from './options.ts'

export const watch = (cli: Cli): Command =>
  withExamples(
    new Command('watch').description(
      'a live console: what waits, with countdowns, and the agents; decide with a key (press ? for help)',
    ),
    'watch',
    'watch --url https://holdpoint.example --token-file ./my-token',
  ).action(async (_options: object, command: Command) => {
    const { io } = cli
    await cli.run(command, async (out) => {
      if (out.json || io.stdout.isTTY !== true || io.stdin.isTTY !== true)
        throw new UsageError(
          'watch draws on a terminal; use "holdpoint approvals" or "holdpoint history" here.',
        )
    })
    if (cli.exitCode() !== 0) return
    await cli.withOperator(
      command,
      async ({ client, url }) => {
        const { color } = command.optsWithGlobals<GlobalOptions>()
        const { runWatch } = await import('../watch/run-watch.tsx')
        await runWatch(io, client, url, color && !io.env.NO_COLOR)
      },
      { keepsOpen: true },
    )
  })
