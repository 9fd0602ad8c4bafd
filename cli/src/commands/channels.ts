import type { ChannelAttempt, ChannelStanding } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { EXIT } from '../exit-codes.ts'
import { localTime } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

export const channels = (cli: Cli): Command =>
  withExamples(
    new Command('channels').description('show through what people are told, and whether it works'),
    'channels',
    'channels test ops-hook',
    'channels test mail --person ana',
  )
    .action((_options: object, self: Command) =>
      cli.withOperator(self, async ({ client, out }) => {
        const list = (await client.channels()).toSorted((a, b) => a.name.localeCompare(b.name))
        out.result({ channels: list }, () =>
          list.length === 0
            ? 'The policy has no channels, so nobody is told but in the consoles: the guide “Get paged” says how to add some.'
            : table(
                ['CHANNEL', 'KIND', 'STATUS', 'SINCE', 'WHY'],
                list.map(({ name, kind, status, since, reason }) => [
                  visible(name),
                  kind,
                  STATUS[status],
                  since === undefined ? '' : localTime(since, new Date()),
                  visible(reason ?? ''),
                ]),
              ),
        )
      }),
    )
    .addCommand(test(cli))

const STATUS: Readonly<Record<ChannelStanding['status'], string>> = {
  ok: 'ok',
  untried: 'not tried yet',
  failing: 'failing',
  no_secret: 'no secret',
  address_refused: 'address refused',
  disabled: 'disabled',
}

interface TestOptions extends Keyed {
  readonly person?: string
}

const test = (cli: Cli): Command =>
  withExamples(
    new Command('test')
      .description(
        'send a test message now; one that succeeds enables a disabled channel again; ends with 3 where it is not delivered (operator)',
      )
      .argument('<channel>', 'its name in the policy')
      .option('--person <id>', 'whom to tell, where the channel has no destination of its own')
      .addOption(keyOption()),
    'channels test ops-hook',
  ).action((name: string, options: TestOptions, self: Command) =>
    cli.withOperator(self, async ({ client, out, exitWith }) => {
      const attempts = await client.testChannel(name, options.person, keyed(options))
      if (attempts.some(({ outcome }) => outcome !== 'delivered')) exitWith(EXIT.refused)
      out.result({ attempts }, () => attempts.map(line).join('\n'))
    }),
  )

const line = ({ channel, person, outcome, reason }: ChannelAttempt): string => {
  const whom = [channel, person]
    .filter(Boolean)
    .map((one) => visible(one ?? ''))
    .join(' to ')
  return outcome === 'delivered'
    ? `✓ delivered: ${whom}`
    : `✗ not delivered: ${whom}: ${visible(reason ?? '')}`
}
