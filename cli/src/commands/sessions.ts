import type { SessionView } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { localTime } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Ending extends Keyed {
  readonly end?: string
  readonly endAll?: boolean
}

/** `holdpoint people sessions`: where somebody is signed in, and ending that. */
export const sessions = (cli: Cli): Command =>
  withExamples(
    new Command('sessions')
      .description('list the browsers in which you, or as an admin somebody else, are signed in; or end them')
      .argument('[person]', 'their id')
      .option('--end <session>', 'end this one')
      .addOption(new Option('--end-all', 'end all of them').conflicts('end'))
      .addOption(keyOption()),
    'people sessions ana',
    'people sessions ana --end-all',
  ).action((person: string | undefined, options: Ending, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const { end, endAll } = options
      if (end === undefined && !endAll) {
        const found = await client.sessions(person)
        out.result({ sessions: found }, () =>
          found.length === 0 ? 'Signed in nowhere.' : sessionTable(found),
        )
        return
      }
      const ended = await client.endSessions({ person, session: end }, keyed(options))
      out.result({ ended }, () => `✓ ended: ${ended.length}`)
    }),
  )

const sessionTable = (found: readonly SessionView[]): string =>
  table(
    ['SESSION', 'SINCE', 'LAST SEEN', 'HOW', 'ADDRESS', 'BROWSER'],
    found.map((one) => [
      one.id,
      localTime(one.createdAt, new Date()),
      localTime(one.seenAt, new Date()),
      one.method.replace('_', ' and '),
      visible(one.address ?? ''),
      visible(one.userAgent ?? ''),
    ]),
  )
