import type { OnCallView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import { localTime } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Options {
  readonly at?: string
  readonly until?: string
}

export const onCall = (cli: Cli): Command => {
  const command = withExamples(
    new Command('oncall')
      .description('show who is on call, now or at another time')
      .argument('[schedule]', 'only this schedule')
      .option('--at <time>', 'at that time, like 2026-12-24T18:00Z')
      .option('--until <time>', 'everybody from then until this time, 92 days at most'),
    'oncall',
    'oncall primary --at 2026-12-24T18:00Z --until 2027-01-02T08:00Z',
    'oncall override primary --person bo --from 2026-12-24T18:00Z --to 2026-12-25T08:00Z',
  ).action((schedule: string | undefined, { at, until }: Options, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const schedules = await client.onCall({
        ...(schedule !== undefined && { schedule }),
        ...(at !== undefined && { at: time('--at', at) }),
        ...(until !== undefined && { until: time('--until', until) }),
      })
      out.result({ schedules }, () =>
        schedules.length === 0
          ? 'The policy has no schedules, so nobody is on call: the guide “Get paged” says how to add some.'
          : table(['SCHEDULE', 'PERSON', 'FROM', 'UNTIL', 'THROUGH'], schedules.flatMap(rows)),
      )
    }),
  )
  return command.addCommand(override(cli)).addCommand(cancel(cli))
}

const rows = ({ schedule, shifts }: OnCallView): readonly (readonly string[])[] =>
  shifts.map(({ person, from, until, through }) => [
    visible(schedule),
    visible(person),
    localTime(from, new Date()),
    localTime(until, new Date()),
    'override' in through ? `override ${through.override}` : visible(through.rotation),
  ])

interface OverrideOptions extends Keyed {
  readonly person: string
  readonly from: string
  readonly to: string
}

const override = (cli: Cli): Command =>
  withExamples(
    new Command('override')
      .description('let somebody take over for a while (operator)')
      .argument('<schedule>', 'its name in the policy')
      .requiredOption('--person <id>', 'who takes over')
      .requiredOption('--from <time>', 'from then on, like 2026-12-24T18:00Z')
      .requiredOption('--to <time>', 'until then')
      .addOption(keyOption()),
    'oncall override primary --person bo --from 2026-12-24T18:00Z --to 2026-12-25T08:00Z',
  ).action((schedule: string, options: OverrideOptions, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const span = { from: time('--from', options.from), until: time('--to', options.to) }
      const made = await client.overrideOnCall(schedule, options.person, span, keyed(options))
      out.result(
        { override: made },
        () =>
          `✓ ${visible(made.person)} is on call from ${localTime(made.from, new Date())} until ${localTime(made.until, new Date())} (${made.id})`,
      )
    }),
  )

const cancel = (cli: Cli): Command =>
  withExamples(
    new Command('cancel')
      .description('take an override back (operator)')
      .argument('<override>', 'its id, as the listing shows it')
      .addOption(keyOption()),
    'oncall cancel 019b2f6e-7a51-7c3e-8f11-0d4b1c2a3e4f',
  ).action((id: string, options: Keyed, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const taken = await client.cancelOverride(id, keyed(options))
      out.result({ override: taken }, () => `✓ ${visible(taken.person)} does not take over`)
    }),
  )

/** As the wire has it. A time without a zone is this machine's. */
function time(option: string, given: string): string {
  const at = Date.parse(given)
  if (Number.isNaN(at)) throw new UsageError(`${option} must be a time like 2026-12-24T18:00Z.`)
  return new Date(at).toISOString()
}
