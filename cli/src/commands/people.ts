import { type PersonRole, type PersonView, personRoles } from '@holdpoint/shared'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Cli, Session } from '../cli.ts'
import { linkAddress } from '../first-sign-in.ts'
import { localTime } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { factorText } from './factor.ts'
import { type Keyed, keyed, keyOption, wholeNumber, withExamples } from './options.ts'
import { readSecret } from './secret.ts'
import { sessions } from './sessions.ts'

interface Profile extends Keyed {
  readonly name?: string
  readonly role?: PersonRole
  readonly team?: readonly string[]
  readonly login?: readonly string[]
  readonly email?: string
  readonly slack?: string
  readonly pagerduty?: string
}

interface Changing extends Profile {
  readonly replaces?: number
}

export const people = (cli: Cli): Command => {
  const command = withExamples(
    new Command('people').description('say who the people are that decide (admin)'),
    'people add ana --role approver --name "Ana Ruiz" --team payments --email ana@example.org',
    'people add bo --role approver --login sso:4711',
    'people list',
    'people disable bo --reason "Left the company"',
  )
  for (const create of [add, change, list, show, link, password, sessions, disable, enable])
    command.addCommand(create(cli))
  return command
}

const add = (cli: Cli): Command =>
  withExamples(
    profiled(new Command('add').description('register a person'), (role) => role.makeOptionMandatory()),
    'people add ana --role approver --team payments --slack U024BE7LH',
  ).action((id: string, options: Profile, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const person = await client.addPerson(id, options.role ?? 'viewer', {
        ...keyed(options),
        ...said(options),
      })
      out.result({ person }, () => `✓ added: ${summary(person)}`)
    }),
  )

const change = (cli: Cli): Command =>
  withExamples(
    profiled(
      new Command('change').description(
        'change what is said of a person; each option replaces what was there',
      ),
      (role) => role,
    ).option(
      '--replaces <revision>',
      'only while their record is at this revision, which “people show” tells',
      wholeNumber(Number.MAX_SAFE_INTEGER),
    ),
    'people change ana --role operator',
    'people change ana --team payments --team on-call --replaces 3',
  ).action((id: string, options: Changing, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const { addresses, ...rest } = said(options)
      // addresses are one part on the wire: those that are not named are read first, so that they stay
      const before = addresses && (await client.person(id))
      const person = await client.changePerson(id, {
        ...keyed(options),
        ...rest,
        role: options.role,
        replaces: options.replaces ?? before?.revision,
        ...(before && { addresses: { ...before.addresses, ...addresses } }),
      })
      out.result({ person }, () => `✓ changed: ${summary(person)}`)
    }),
  )

const PAGE = 500

const list = (cli: Cli): Command =>
  withExamples(
    new Command('list').description('list everybody who is registered').option('--team <team>', 'only these'),
    'people list --team payments',
  ).action((options: { readonly team?: string }, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const all: PersonView[] = []
      let cursor: string | undefined
      do {
        const page = await client.people({ team: options.team, cursor, limit: PAGE })
        all.push(...page.people)
        cursor = page.nextCursor
      } while (cursor !== undefined)
      out.result({ people: all }, () => (all.length === 0 ? 'Nobody is registered.' : peopleTable(all)))
    }),
  )

const show = (cli: Cli): Command =>
  withExamples(
    new Command('show')
      .description('show one person, or without an id yourself and the role that counts')
      .argument('[person]', 'their id'),
    'people show ana',
  ).action((id: string | undefined, _options: object, self: Command) =>
    cli.withOperator(self, async (session) => {
      if (id === undefined) return showSelf(session)
      const person = await session.client.person(id)
      session.out.result({ person }, () => lines(person).join('\n'))
    }),
  )

async function showSelf({ client, out }: Session): Promise<void> {
  const me = await client.me()
  out.result(me, () =>
    me.person
      ? [...lines(me.person), `counts as  ${me.role}`].join('\n')
      : `${visible(me.id)}: ${me.role}, by the token alone; no person is registered for it.`,
  )
}

const link = (cli: Cli): Command =>
  withExamples(
    new Command('link')
      .description('make an address that signs a person in to the web console: for ten minutes, once')
      .argument('<person>', 'their id')
      .addOption(keyOption()),
    'people link ana',
  ).action((id: string, options: Keyed, self: Command) =>
    cli.withOperator(self, async ({ client, out, url }) => {
      const made = await client.linkPerson(id, keyed(options))
      const address = linkAddress(url, made.link)
      out.result({ address, expiresAt: made.expiresAt }, () => address)
      out.note(
        `It signs ${visible(id)} in, once, until ${localTime(made.expiresAt, new Date())}. Send it where only they read it.`,
      )
    }),
  )

const password = (cli: Cli): Command =>
  withExamples(
    new Command('password')
      .description(
        'set a person’s password, and sign them out everywhere; it is asked for, or read from the input',
      )
      .argument('<person>', 'their id')
      .addOption(keyOption()),
    'people password ana',
    'people password ana < first-password.txt',
  ).action((id: string, options: Keyed, self: Command) =>
    cli.withOperator(self, async ({ client, out, io }) => {
      const secret = await readSecret(io, `A password for ${visible(id)}, of 15 characters or more`)
      await client.setPasswordOf(id, secret, keyed(options))
      out.result({ person: id }, () => `✓ ${visible(id)} has this password now`)
      out.note('Whoever else knows it should not go on doing so: a link lets them choose their own.')
    }),
  )

interface Reasoned extends Keyed {
  readonly reason: string
}

const disable = (cli: Cli): Command =>
  withExamples(
    reasoned(
      new Command('disable').description(
        'shut a person out: their connections end, their tokens and signatures count no more',
      ),
    ),
    'people disable bo --reason "Lost his laptop"',
  ).action((id: string, _options: Partial<Reasoned>, self: Command) =>
    cli.withOperator(self, async (session) => {
      const { client, out } = session
      const options = await reasonFor(session, id, self)
      const person = await client.disablePerson(id, options.reason, keyed(options))
      out.result({ person }, () => `✓ disabled: ${summary(person)}`)
    }),
  )

const enable = (cli: Cli): Command =>
  withExamples(
    reasoned(
      new Command('enable').description('let a person in again; they need a token issued from now on'),
    ),
    'people enable bo --reason "New laptop"',
  ).action((id: string, _options: Partial<Reasoned>, self: Command) =>
    cli.withOperator(self, async (session) => {
      const { client, out } = session
      const options = await reasonFor(session, id, self)
      const person = await client.enablePerson(id, options.reason, keyed(options))
      out.result({ person }, () => `✓ enabled: ${summary(person)}`)
    }),
  )

/** Asks why once it is certain that there is somebody of that id. */
async function reasonFor({ client, io }: Session, id: string, command: Command): Promise<Reasoned> {
  if (command.opts<Partial<Reasoned>>().reason === undefined) await client.person(id)
  await askOnceFound(io, command)
  return command.opts<Reasoned>()
}

const reasoned = (command: Command): Command =>
  command.argument('<person>', 'their id').addOption(reasonOption()).addOption(keyOption())

const profiled = (command: Command, needed: (role: Option) => Option): Command =>
  command
    .argument('<person>', 'their id; tokens with this subject are theirs')
    .addOption(needed(new Option('--role <role>', 'the most they may do').choices(personRoles)))
    .option('--name <name>', 'what they are called')
    .option('--team <team>', 'a team; may be given again', collect)
    .option('--login <subject>', 'another token subject that is this person; may be given again', collect)
    .option('--email <address>', 'where they are mailed')
    .option('--slack <id>', 'their Slack member id (U…)')
    .option('--pagerduty <id>', 'their PagerDuty user id')
    .addOption(keyOption())

function collect(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.')
  return [...before, value]
}

function said({ name, team, login, email, slack, pagerduty }: Profile) {
  const addresses = {
    ...(email !== undefined && { email }),
    ...(slack !== undefined && { slack }),
    ...(pagerduty !== undefined && { pagerduty }),
  }
  return {
    ...(name !== undefined && { displayName: name }),
    ...(team !== undefined && { teams: team }),
    ...(login !== undefined && { logins: login }),
    ...(Object.keys(addresses).length > 0 && { addresses }),
  }
}

const named = ({ id, displayName }: PersonView): string =>
  displayName === undefined ? visible(id) : `${visible(id)} (${visible(displayName)})`

const summary = (person: PersonView): string =>
  [named(person), person.role, ...(person.disabled ? ['disabled'] : [])].join(', ')

const peopleTable = (all: readonly PersonView[]): string =>
  table(
    ['PERSON', 'NAME', 'ROLE', 'TEAMS', 'LOGINS', ''],
    all.map((one) => [
      visible(one.id),
      visible(one.displayName ?? ''),
      one.role,
      one.teams.map(visible).join(', '),
      one.logins.map(visible).join(', '),
      one.disabled ? `disabled: ${visible(one.disabled.reason)}` : '',
    ]),
  )

function lines(person: PersonView): readonly string[] {
  const { addresses = {}, disabled } = person
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['person', named(person)],
    ['role', person.role],
    ['teams', person.teams.map(visible).join(', ') || undefined],
    ['logins', person.logins.map(visible).join(', ')],
    ['email', addresses.email && visible(addresses.email)],
    ['slack', addresses.slack],
    ['pagerduty', addresses.pagerduty],
    ['factor', person.factor && factorText(person.factor)],
    ['added', localTime(person.addedAt, new Date())],
    ['revision', String(person.revision)],
    [
      'disabled',
      disabled &&
        `${localTime(disabled.at, new Date())} by ${visible(disabled.by ?? '')}: ${visible(disabled.reason)}`,
    ],
  ]
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(10)} ${text}`]))
}
