import type { OrderView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { localTime, shortId } from '../output/format.ts'
import { table } from '../output/table.ts'
import { targetText } from '../output/target.ts'
import { visible } from '../output/visible.ts'
import { reasonOption } from './asked-option.ts'
import { findOrder } from './find.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

export const orders = (cli: Cli): Command => {
  const command = withExamples(
    new Command('orders').description('list standing orders, or lift one'),
    'orders',
    'orders lift 456789ab --reason "Incident closed"',
  ).action((_options: object, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const list = await out.during('Reading orders', client.orders())
      out.result({ orders: list }, () => (list.length === 0 ? 'No standing orders.' : ordersTable(list)))
    }),
  )
  command.addCommand(lift(cli))
  return command
}

interface Options extends Keyed {
  readonly reason: string
}

const lift = (cli: Cli): Command =>
  withExamples(
    new Command('lift')
      .description(
        'lift a standing order; what it paused goes on, what it stopped stays locked until reinstated',
      )
      .argument('<order>', 'its id, or at least 6 of its last characters')
      .addOption(reasonOption())
      .addOption(keyOption()),
    'orders lift 456789ab --reason "Incident closed"',
  ).action((typed: string, options: Options, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const id = await findOrder(client, typed)
      const list = await client.liftOrder(id, options.reason, keyed(options))
      out.result({ orders: list }, () => `✓ lifted order ${shortId(id)}`)
    }),
  )

const ordersTable = (list: readonly OrderView[]): string =>
  table(
    ['ID', 'EFFECT', 'FOR', 'BY', 'AT', 'REASON'],
    list.map((one) => [
      shortId(one.id),
      one.lifted ? `${one.effect} (lifted)` : one.effect,
      targetText(one.selector),
      visible(one.by),
      localTime(one.at, new Date()),
      visible(one.reason),
    ]),
  )
