import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { withExamples } from '../options.ts'

export const check = (cli: Cli): Command =>
  withExamples(
    new Command('check')
      .description('check a policy file; each mistake with its line and column')
      .argument('<file>', 'YAML or JSON'),
    'policy check holdpoint.policy.yaml',
  ).action((path: string, _options: object, command: Command) =>
    cli.run(command, async (out) => {
      const { policy, digest } = await readPolicyFile(path)
      const { version, rules, catalogue } = policy
      const counts = { rules: rules.length, actions: Object.keys(catalogue).length }
      out.result(
        { version, digest, ...counts },
        () => `✓ ${path}: version ${version}, ${counts.actions} actions, ${counts.rules} rules\n  ${digest}`,
      )
    }),
  )
