import { builtInPolicy } from '@holdpoint/shared'
import { Command } from 'commander'
import { stringify } from 'yaml'
import type { Cli } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { withExamples } from '../options.ts'

interface Options {
  readonly builtIn?: boolean
}

export const show = (cli: Cli): Command =>
  withExamples(
    new Command('show')
      .description('show the policy that decides now, whole, as YAML')
      .option('--built-in', 'the one that ships instead; no control plane is asked'),
    'policy show',
    'policy show --built-in > holdpoint.policy.yaml',
  ).action((options: Options, command: Command) =>
    options.builtIn
      ? cli.run(command, async (out) =>
          out.result({ policy: builtInPolicy }, () => stringify(builtInPolicy).trimEnd()),
        )
      : cli.withOperator(command, async ({ client, out }) => {
          const { policy, digest, activated, shadow } = await out.during(
            'Reading the policy',
            client.activePolicy(),
          )
          out.result({ policy, digest, activated, shadow }, () => {
            const since = activated
              ? `activated ${activated.at} by ${visible(activated.by)}: ${visible(activated.reason)}`
              : 'the built-in policy; nobody activated another'
            const beside = shadow ? `# in shadow: version ${shadow.version}, since ${shadow.at}\n` : ''
            return `# ${since}\n# ${digest}\n${beside}${stringify(policy).trimEnd()}`
          })
        }),
  )
