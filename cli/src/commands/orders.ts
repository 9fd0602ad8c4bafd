import type { OrderView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, EXIT } from '../exit-codes.ts'
import { localTime, shortId } from '../output/format.ts'
import { table } from '../output/table.ts'
import { targetText } from '../output/target.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
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
  ).action((typed: string, { reason }: Partial<Options>, self: Command) =>
    cli.withOperator(self, async ({ client, out, io }) => {
      const id = await findOrder(client, typed)
      if (reason === undefined && !(await client.orders()).some((one) => one.id === id))
        throw new CommandFailure('There is no order with that id. [not_found]', EXIT.refused)
      await askOnceFound(io, self)
      const options = self.opts<Options>()
      const list = await client.liftOrder(id, options.reason, keyed(options))
      out.result({ orders: list }, () => `✓ lifted order ${shortId(id)}`)
    }),
  )

/** How many agents it holds; none once it was lifted. */
const heldText = ({ held, lifted }: OrderView): string =>
  lifted || !held ? '-' : `${held.agents}, ${held.halted} halted`

const ordersTable = (list: readonly OrderView[]): string =>
  table(
    ['ID', 'EFFECT', 'FOR', 'HOLDS', 'BY', 'AT', 'REASON'],
    list.map((one) => [
      shortId(one.id),
      one.lifted ? `${one.effect} (lifted)` : one.effect,
      targetText(one.selector),
      heldText(one),
      visible(one.by),
      localTime(one.at, new Date()),
      visible(one.reason),
    ]),
  )
