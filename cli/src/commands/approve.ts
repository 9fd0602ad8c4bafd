import type { ApprovalView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli, Session } from '../cli.ts'
import { neededText } from '../output/details.ts'
import { localTime, shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { type Agreeing, agree } from './agree.ts'
import { tellIfUnspent, withCode } from './confirm.ts'
import { findApproval } from './find.ts'
import { type Keyed, keyed, keyOption, readJson, withExamples } from './options.ts'

interface Options extends Keyed, Agreeing {
  readonly args?: string
  readonly note?: string
  readonly totp?: string
}

export const approve = (cli: Cli): Command =>
  withExamples(
    new Command('approve')
      .description('release an action, as it was asked for or with edited arguments')
      .argument('<approval>', 'its id, or at least 6 of its last characters')
      .option('--args <json>', 'run it with these arguments instead: JSON, @file, or @- for standard input')
      .option('--note <text>', 'a note for the record')
      .option('--totp <code>', 'six digits, where the level asks for a second factor')
      .option('--digest <digest>', 'refuse unless these are the bytes that you looked at')
      .option('-y, --yes', 'do not ask again on a terminal')
      .addOption(keyOption()),
    'approve 456789ab',
    `approve 456789ab --args '{"to":"ana@example.org","subject":"Report"}'`,
    'approve 456789ab --totp 123456',
    'approve 456789ab --digest sha256:9f86d081… --note "checked with Bo"',
  ).action((typed: string, options: Options, command: Command) =>
    cli.withOperator(command, async (session) => {
      const { client, io, out } = session
      const { note, totp } = options
      const edited = options.args === undefined ? undefined : await readJson(io, '--args', options.args)
      const displayed = await client.approval(await findApproval(client, typed))
      await agree(session, displayed, options, edited)
      const approval = await withCode(session, totp, (code) =>
        out.during(
          'Waiting for the control plane',
          client.approve(displayed, {
            ...keyed(options),
            ...(options.args === undefined ? {} : { args: edited }),
            ...(note === undefined ? {} : { note }),
            ...(code === undefined ? {} : { totp: code }),
          }),
        ),
      )
      out.result({ approval }, () => told(approval))
      tellIfUnspent(out, totp, approval)
      if (approval.status === 'approved' && !out.json) await tellIfAway(session, approval)
    }),
  )

const told = (one: ApprovalView): string =>
  one.status === 'pending'
    ? `✓ signed by ${one.signatures?.length ?? 0} of ${neededText(one.needs)}; it waits for others: ${shortId(one.id)}`
    : `✓ ${one.status}${one.askedDigest === undefined ? '' : ', edited'}: ${visible(one.action)} by ${visible(one.agent)} (${shortId(one.id)})`

/** What was released for an agent that is away, or paused, is begun by nobody until it is back, or resumed. */
async function tellIfAway({ client, out }: Session, { agent, useBy }: ApprovalView): Promise<void> {
  const { connected, state } = (await client.agent(agent)).agent
  if (useBy === undefined || (connected && state !== 'paused')) return
  const [why, then] = connected ? ['paused', 'resumed'] : ['not connected', 'back']
  out.note(
    `${visible(agent)} is ${why} now: it may begin this until ${localTime(useBy, new Date(client.serverNow()))}, once it is ${then}.`,
  )
}
