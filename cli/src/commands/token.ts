import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NAME_IN_WORDS, NAME_PATTERN, personRoles, type Role } from '@holdpoint/shared'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import { keysFolder } from '../local-token.ts'
import { parseDuration } from '../output/format.ts'
import { withExamples } from './options.ts'
import { revokeToken } from './revoke-token.ts'

interface Options {
  readonly role: Role
  readonly subject: string
  readonly tenant: string
  readonly owner?: string
  readonly label: Readonly<Record<string, string>>
  readonly ttl: string
}

const roles: readonly Role[] = ['agent', 'tool', ...personRoles]

export const token = (cli: Cli): Command => {
  const command = new Command('token').description(
    'make and revoke the tokens that agents and people present',
  )
  const create = withExamples(
    new Command('create')
      .description(
        'sign a token with the keys in the data folder; works offline, and makes the keys where there are none yet',
      )
      .addOption(new Option('--role <role>', 'what its bearer may do').choices(roles).makeOptionMandatory())
      .requiredOption('--subject <id>', 'the agent’s, tool’s or person’s id')
      .option('--tenant <tenant>', 'which tenant it belongs to', 'default')
      .option('--owner <person>', 'an agent’s owner, who may be barred from releasing its requests')
      .addOption(
        new Option('--label <key=value>', 'a label of the agent; may be given again')
          .argParser(addLabel)
          .default({}, 'none'),
      )
      .option('--ttl <time>', 'how long it is valid: 15m, 8h, 30d', '8h'),
    'token create --role agent --subject folder-agent --label team=docs',
    'token create --role approver --subject ana --ttl 12h',
    'token create --role viewer --subject wall-screen --json | jq -r .token',
  ).action((options: Options, self: Command) =>
    cli.run(self, async (out, globals) => {
      const ttlMs = parseDuration(options.ttl)
      if (!ttlMs)
        throw new UsageError(
          `--ttl: "${options.ttl}" is not a time; write one like 15m, 8h or 30d (s, m, h, d).`,
        )
      if (!NAME_PATTERN.test(options.subject))
        throw new UsageError(`--subject: "${options.subject}" is not an id; it ${NAME_IN_WORDS}.`)
      const { issueToken, openKeys, systemClock } = await import('@holdpoint/server/credentials')
      const folder = keysFolder(cli.io.env, globals.data)
      const hadKeys = existsSync(join(folder, 'keys.json'))
      const keys = await openKeys(folder)
      const { role, subject, tenant, owner, label } = options
      const issued = await issueToken(keys, {
        role,
        subject,
        tenant,
        ttlMs,
        ...(owner === undefined ? {} : { owner }),
        ...(Object.keys(label).length === 0 ? {} : { labels: label }),
        clock: systemClock,
      })
      if (!issued.ok) throw new CommandFailure(issued.error.message)
      const expiresAt = new Date(systemClock.now() + ttlMs).toISOString()
      out.result(
        { token: issued.value, jti: jtiOf(issued.value), tenant, subject, role, expiresAt },
        () => issued.value,
      )
      if (!hadKeys)
        out.note(
          `There were no keys in ${folder}, so new ones were made there: only a server that is started with them trusts this token. Where yours runs already, name its data folder with --data or HOLDPOINT_DATA.`,
        )
      if (out.interactive)
        out.note(
          `A token for ${subject} (${role}), signed with the keys in ${folder}, valid until ${expiresAt}.`,
        )
    }),
  )
  return command.addCommand(create).addCommand(revokeToken(cli))
}

/** Our own, as it was just made: nothing is verified here. */
const jtiOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

function addLabel(text: string, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.')
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) }
}
