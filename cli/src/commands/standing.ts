import type { StandingGrantView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { findId } from '../ids.ts'
import { localTime, parseDuration, shortId } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { type Keyed, keyed, keyOption, wholeNumber, withExamples } from './options.ts'
import { lookForAgent, readAgent } from './unknown-agent.ts'

export const standing = (cli: Cli): Command => {
  const command = withExamples(
    new Command('standing').description('release an agent’s action in advance, within bounds'),
    `standing issue greeter send_email --count 20 --when 'args.to.endsWith("@example.org")' --reason "Invitations"`,
    'standing issue deployer api_call --for 2h --reason "Release night"',
    'standing list greeter',
    'standing revoke greeter 456789ab --reason "Enough"',
  )
  for (const create of [issue, list, revoke]) command.addCommand(create(cli))
  return command
}

interface Issuing extends Keyed {
  readonly reason: string
  readonly when?: string
  readonly count?: number
  readonly for?: string
}

const issue = (cli: Cli): Command =>
  withExamples(
    new Command('issue')
      .description('release the next ones, or all for a time; each is checked again when it is asked for')
      .argument('<agent>', 'its id')
      .argument('<action>', 'the action')
      .addOption(reasonOption())
      .option(
        '--when <cel>',
        'only where this holds: CEL over action, args, agent, labels, trust, risk, time',
      )
      .option('--count <n>', 'so many', wholeNumber(1_000))
      .option('--for <time>', 'for so long, at most 31 days: 2h, 7d')
      .addOption(keyOption()),
    `standing issue greeter send_email --count 20 --when 'args.to.endsWith("@example.org")' --reason "Invitations"`,
  ).action((agent: string, action: string, options: Issuing, self: Command) =>
    cli.withOperator(self, async ({ client, out, io }) => {
      const lasts = options.for === undefined ? undefined : parseDuration(options.for)
      if (options.for !== undefined && !lasts)
        throw new UsageError(`"${options.for}" is not a time; write one like 2h.`)
      if (options.count === undefined && lasts === undefined)
        throw new UsageError('Say how many (--count) or for how long (--for).')
      if (options.reason === undefined) await lookForAgent(client, agent)
      await askOnceFound(io, self)
      const { reason } = self.opts<Issuing>()
      const grant = await client.issueStanding(agent, action, reason, {
        ...keyed(options),
        when: options.when,
        count: options.count,
        until: lasts === undefined ? undefined : new Date(client.serverNow() + lasts).toISOString(),
      })
      out.result({ standing: grant }, () => `✓ ${summary(grant)} (${shortId(grant.id)})`)
    }),
  )

const list = (cli: Cli): Command =>
  withExamples(
    new Command('list')
      .description('list what was released in advance')
      .argument('[agent]', 'its id; without one, of all'),
    'standing list',
    'standing list greeter',
  ).action((agent: string | undefined, _options: object, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      if (agent !== undefined) await readAgent(client, agent)
      const list = await client.standing(agent)
      const { standing: grants, unreadable } = list
      out.result(list, () => {
        if (grants.length > 0) return grantsTable(grants)
        return unreadable
          ? 'Nothing is released in advance for those that can be read.'
          : 'Nothing is released in advance.'
      })
      if (unreadable)
        out.note(
          `Could not be read, so what is released for them is not listed: ${unreadable.map(visible).join(', ')}.`,
        )
    }),
  )

const revoke = (cli: Cli): Command =>
  withExamples(
    new Command('revoke')
      .description('take what is left of one back')
      .argument('<agent>', 'its id')
      .argument('<grant>', 'its id, or at least 6 of its last characters')
      .addOption(reasonOption())
      .addOption(keyOption()),
    'standing revoke greeter 456789ab --reason "Enough"',
  ).action((agent: string, typed: string, { reason }: { readonly reason?: string }, self: Command) =>
    cli.withOperator(self, async ({ client, out, io }) => {
      await readAgent(client, agent)
      const { standing: grants } = await client.standing(agent)
      const ids = grants.map(({ id }) => id)
      const id = await findId('standing grant', typed, ids, async () => ids)
      if (reason === undefined && !ids.includes(id))
        throw new CommandFailure('There is no standing grant with that id. [not_found]', EXIT.refused)
      await askOnceFound(io, self)
      const options = self.opts<Keyed & { readonly reason: string }>()
      const grant = await client.revokeStanding(agent, id, options.reason, keyed(options))
      out.result({ standing: grant }, () => `✓ revoked: ${summary(grant)} (${shortId(grant.id)})`)
    }),
  )

const summary = ({ agent, action, left, until }: StandingGrantView): string =>
  `${visible(action)} by ${visible(agent)}, ${left === undefined ? '' : `${left} left, `}until ${localTime(until, new Date())}`

const grantsTable = (grants: readonly StandingGrantView[]): string =>
  table(
    ['ID', 'AGENT', 'ACTION', 'LEFT', 'USED', 'UNTIL', 'BY', 'WHEN'],
    grants.map((one) => [
      shortId(one.id),
      visible(one.agent),
      visible(one.action),
      one.left === undefined ? '' : String(one.left),
      String(one.used),
      localTime(one.until, new Date()),
      visible(one.by),
      visible(one.when ?? 'always'),
    ]),
  )
