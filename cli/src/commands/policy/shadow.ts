import type { Policy } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { UsageError } from '../../exit-codes.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { tellRemarks } from '../../policy/remarks.ts'
import { askOnceFound, reasonOption } from '../asked-option.ts'
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
      .addOption(reasonOption())
      .addOption(keyOption()),
    'policy shadow candidate.policy.yaml --reason "A week beside the old one"',
    'policy shadow --off --reason "Tried long enough"',
  ).action((path: string | undefined, { off, reason }: Partial<Options>, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      if ((path === undefined) !== (off === true))
        throw new UsageError('Name the candidate’s file, or end what is in shadow with --off.')
      const file = path === undefined ? undefined : await readPolicyFile(path)
      if (path !== undefined && file) tellRemarks(out, path, file.warnings)
      if (reason === undefined && off) {
        const now = await client.activePolicy()
        if (!now.shadow) return out.result(now, () => ended(now))
      }
      await askOnceFound(io, command)
      const options = command.opts<Options>()
      const done = await client.shadowPolicy(file?.document, options.reason, keyed(options))
      out.result(done, () =>
        done.shadow
          ? `✓ version ${done.shadow.version} judges beside ${done.policy.version}, which decides`
          : ended(done),
      )
      if (done.shadow)
        out.note(
          `Nothing of it is enforced. What it would have done otherwise stands on each new approval: holdpoint show <id>
Make it decide: holdpoint policy activate ${path} --reason "…"
End it: holdpoint policy shadow --off --reason "…"`,
        )
    }),
  )

const ended = ({ policy }: { readonly policy: Policy }): string =>
  `✓ nothing is in shadow; ${policy.version} decides`
