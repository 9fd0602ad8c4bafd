import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { shortId } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { type Agreeing, agree } from './agree.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { tellIfUnspent, withCode } from './confirm.ts'
import { findApproval } from './find.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Options extends Keyed, Agreeing {
  readonly reason: string
  readonly totp?: string
}

export const revoke = (cli: Cli): Command =>
  withExamples(
    new Command('revoke')
      .description('take a release back that nobody has begun yet')
      .argument('<approval>', 'its id, or at least 6 of its last characters')
      .addOption(reasonOption('why; the agent reads it'))
      .addOption(keyOption()),
    'revoke 456789ab --reason "The customer called"',
  ).action((typed: string, { reason }: Partial<Options>, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      const id = await findApproval(client, typed)
      if (reason === undefined) await client.approval(id)
      await askOnceFound(io, command)
      const options = command.opts<Options>()
      const approval = await client.revoke(id, options.reason, keyed(options))
      out.result({ approval }, () => `✓ revoked: ${visible(approval.action)} (${shortId(approval.id)})`)
    }),
  )

export const grant = (cli: Cli): Command =>
  withExamples(
    new Command('grant')
      .description('as an admin, release what waits without the others that a rule asks for')
      .argument('<approval>', 'its id, or at least 6 of its last characters')
      .addOption(reasonOption())
      .option('--totp <code>', 'a fresh code, where the level asks for a second factor')
      .option('--digest <digest>', 'refuse unless these are the bytes that you looked at')
      .option('-y, --yes', 'do not ask again on a terminal')
      .addOption(keyOption()),
    'grant 456789ab --reason "Nobody else is awake"',
    'grant 456789ab --digest sha256:9f86d081… --reason "Nobody else is awake"',
  ).action((typed: string, _options: Partial<Options>, command: Command) =>
    cli.withOperator(command, async (session) => {
      const { client, out, io } = session
      const displayed = await client.approval(await findApproval(client, typed))
      await askOnceFound(io, command)
      const options = command.opts<Options>()
      await agree(session, displayed, options)
      const { reason, totp } = options
      const approval = await withCode(session, totp, (code) =>
        client.grant(displayed, reason, { ...keyed(options), ...(code !== undefined && { totp: code }) }),
      )
      out.result({ approval }, () => `✓ granted: ${visible(approval.action)} (${shortId(approval.id)})`)
      tellIfUnspent(out, totp, approval)
    }),
  )
