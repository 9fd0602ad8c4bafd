import type { OperatorClient } from '@holdpoint/client/operator'
import { type AutonomyLevel, type AutonomyView, autonomyLevels } from '@holdpoint/shared'
import { Argument, Command } from 'commander'
import type { Cli } from '../cli.ts'
import { autonomyText } from '../output/autonomy.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'
import { lookForAgent } from './unknown-agent.ts'

interface Options extends Keyed {
  readonly reason: string
}

type Act = (
  client: OperatorClient,
  agent: string,
  level: AutonomyLevel | undefined,
  options: Options,
) => Promise<AutonomyView>

export const trust = (cli: Cli): Command => {
  const command = withExamples(
    new Command('trust').description('rule on an agent’s autonomy (admin)'),
    'trust confirm folder-agent --reason "Reviewed its month"',
    'trust cap folder-agent standard --reason "Until the audit is over"',
    'trust pin folder-agent restricted --reason "Incident 12"',
    'trust pin folder-agent --reason "Incident closed"',
  )
  const add = (name: string, description: string, act: Act, takesLevel: boolean): void => {
    command.addCommand(ruling(cli, name, description, act, takesLevel))
  }
  add(
    'confirm',
    'let the promotion that it has earned take effect',
    (client, agent, level, options) => client.confirmTrust(agent, level, options.reason, keyed(options)),
    true,
  )
  add(
    'pin',
    'fix its level; without a level, let it move again',
    (client, agent, level, options) => client.pinTrust(agent, level, options.reason, keyed(options)),
    true,
  )
  add(
    'cap',
    'bound its level from above; without a level, lift the bound',
    (client, agent, level, options) => client.capTrust(agent, level, options.reason, keyed(options)),
    true,
  )
  add(
    'reset',
    'start its trust again where a new agent’s does',
    (client, agent, _level, options) => client.resetTrust(agent, options.reason, keyed(options)),
    false,
  )
  return command
}

function ruling(cli: Cli, name: string, description: string, act: Act, takesLevel: boolean): Command {
  const command = new Command(name).description(description).argument('<agent>', 'its id')
  if (takesLevel) command.addArgument(new Argument('[level]').choices(autonomyLevels))
  return command
    .addOption(reasonOption())
    .addOption(keyOption())
    .action((agent: string, ...rest: readonly unknown[]) => {
      const level = takesLevel ? (rest[0] as AutonomyLevel | undefined) : undefined
      const [options, self] = rest.slice(takesLevel ? 1 : 0) as [Options, Command]
      return cli.withOperator(self, async ({ client, out, io }) => {
        if (options.reason === undefined) await lookForAgent(client, agent)
        await askOnceFound(io, self)
        const autonomy = await act(client, agent, level, self.opts<Options>())
        out.result({ autonomy }, () => `✓ ${visible(agent)}: ${autonomyText(autonomy)}`)
      })
    })
}
