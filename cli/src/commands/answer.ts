import type { TicketView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { findTicket } from './find.ts'
import { type Keyed, keyed, keyOption, readJson, withExamples } from './options.ts'

export const answer = (cli: Cli): Command =>
  withExamples(
    new Command('answer')
      .description('answer a question of an agent')
      .argument('<question>', 'its id, or at least 6 of its last characters')
      .argument('<answer>', 'a text, one of its choices, or for a form JSON, @file, or @- for standard input')
      .addOption(keyOption()),
    'answer 456789ab "by date"',
    `answer 456789ab '{"days":30,"keepLogs":true}'`,
  ).action((typed: string, given: string, options: Keyed, command: Command) =>
    cli.withOperator(command, async ({ client, io, out }) => {
      const question = await client.ticket(await findTicket(client, typed))
      const value = await readAnswer(io, question, given)
      const ticket = await out.during(
        'Waiting for the control plane',
        client.answer(question.id, value, keyed(options)),
      )
      out.result({ ticket }, () => `✓ answered ${visible(ticket.agent)} (${shortId(ticket.id)})`)
    }),
  )

/** A text stays a text, even one that looks like JSON: only a form asks for an object. */
async function readAnswer(io: Io, ticket: TicketView, given: string): Promise<unknown> {
  if (ticket.kind !== 'question')
    throw new UsageError('That is a ticket and no question: use "holdpoint resolve" for it.')
  return ticket.schema ? readJson(io, 'The answer', given) : given
}
