import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { UsageError } from '../../exit-codes.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { type Keyed, keyed, keyOption, withExamples } from '../options.ts'

interface Options extends Keyed {
  readonly reason: string
  readonly off?: boolean
}

export const shadow = (cli: Cli): Command =>
  withExamples(
    new Command('shadow')
      .description('let a candidate judge beside the active policy: on record, never enforced (admin)')
      .argument('[file]', 'the candidate, YAML or JSON')
      .option('--off', 'end it')
      .requiredOption('--reason <text>', 'why, for the record')
      .addOption(keyOption()),
    'policy shadow candidate.policy.yaml --reason "A week beside the old one"',
    'policy shadow --off --reason "Tried long enough"',
  ).action((path: string | undefined, options: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      if ((path === undefined) !== (options.off === true))
        throw new UsageError('Name the candidate’s file, or end what is in shadow with --off.')
      const document = path === undefined ? undefined : (await readPolicyFile(path)).document
      const done = await client.shadowPolicy(document, options.reason, keyed(options))
      out.result(done, () =>
        done.shadow
          ? `✓ version ${done.shadow.version} judges beside ${done.policy.version}, which decides`
          : `✓ nothing is in shadow; ${done.policy.version} decides`,
      )
    }),
  )
