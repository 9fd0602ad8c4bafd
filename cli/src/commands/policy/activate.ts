import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { tellRemarks } from '../../policy/remarks.ts'
import { askOnceFound, reasonOption } from '../asked-option.ts'
import { type Keyed, keyed, keyOption, withExamples } from '../options.ts'

interface Options extends Keyed {
  readonly reason: string
}

export const activate = (cli: Cli): Command =>
  withExamples(
    new Command('activate')
      .description('make a policy file the one that decides, whole or not at all (admin)')
      .argument('<file>', 'YAML or JSON')
      .addOption(reasonOption())
      .addOption(keyOption()),
    'policy activate holdpoint.policy.yaml --reason "Payments need two persons"',
  ).action((path: string, _options: Partial<Options>, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      const { document, digest, warnings } = await readPolicyFile(path)
      tellRemarks(out, path, warnings)
      const before = await client.activePolicy()
      if (before.digest === digest) {
        out.result(before, () => `✓ version ${before.policy.version} decides already; nothing was changed`)
        return
      }
      await askOnceFound(io, command)
      const options = command.opts<Options>()
      const after = await out.during(
        'Activating',
        client.activatePolicy(document, options.reason, { ...keyed(options), replaces: before.digest }),
      )
      out.result(
        after,
        () => `✓ version ${after.policy.version} decides from now on; before, ${before.policy.version} did`,
      )
    }),
  )
