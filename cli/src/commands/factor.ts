import { HoldpointError } from '@holdpoint/client/operator'
import { counted, type FactorView } from '@holdpoint/shared'
import { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import type { Cli, Session } from '../cli.ts'
import { CommandFailure, EXIT } from '../exit-codes.ts'
import { localTime } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { canAsk, prompt } from './confirm.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

export const factor = (cli: Cli): Command => {
  const command = withExamples(
    new Command('factor').description('your second factor, for what asks for one (payments)'),
    'factor enroll',
    'factor confirm 123456',
    'factor enroll --recovery 3k7zq-9b2mw-x0v4t-5n8dj',
    'factor reset ana --reason "Lost her phone, called back at her desk"',
  )
  for (const create of [enroll, confirm, remove, reset]) command.addCommand(create(cli))
  return command
}

interface Enrolling extends Keyed {
  readonly totp?: string
  readonly recovery?: string
  readonly qr: boolean
}

const enroll = (cli: Cli): Command =>
  withExamples(
    new Command('enroll')
      .description('get a factor for your authenticator app; it counts once a code has confirmed it')
      .option('--totp <code>', 'a code of the factor that it replaces')
      .option('--recovery <code>', 'a recovery code, where the old factor is lost; it works once')
      .option('--no-qr', 'no picture, the address alone')
      .addOption(keyOption()),
    'factor enroll',
    'factor enroll --totp 123456',
  ).action((options: Enrolling, self: Command) =>
    cli.withOperator(self, async (session) => {
      const { client, out, io } = session
      const { totp, recovery } = options
      const handed = await client.enrollFactor({
        ...keyed(options),
        ...(totp !== undefined && { totp }),
        ...(recovery !== undefined && { recovery }),
      })
      out.result({ otpauth: handed.otpauth, recovery: handed.recovery }, () => sheet(handed, options.qr))
      if (out.json || !canAsk(io)) {
        out.note('Then confirm it: holdpoint factor confirm <code>')
        return
      }
      await confirmAsking(session)
    }),
  )

/** What a person needs once: the picture to scan, the address to paste, the codes to put away. */
function sheet(
  { otpauth, recovery }: { readonly otpauth: string; readonly recovery: readonly string[] },
  qr: boolean,
): string {
  return [
    ...(qr ? ['Scan this with your authenticator app:', '', renderUnicodeCompact(otpauth), ''] : []),
    `${qr ? 'Or paste' : 'Paste'} this into it:`,
    `  ${otpauth}`,
    '',
    'Recovery codes. Put them where your phone is not; each works once, and only to enrol anew:',
    ...recovery.map((code) => `  ${code}`),
  ].join('\n')
}

const confirm = (cli: Cli): Command =>
  withExamples(
    new Command('confirm')
      .description('confirm the factor that you were given, with a code of it')
      .argument('<code>', 'six digits')
      .addOption(keyOption()),
    'factor confirm 123456',
  ).action((code: string, options: Keyed, self: Command) =>
    cli.withOperator(self, (session) => confirmWith(session, code, options)),
  )

async function confirmWith({ client, out }: Session, code: string, options: Keyed): Promise<void> {
  const standing = await client.confirmFactor(code.trim(), keyed(options))
  out.result({ factor: standing }, () => '✓ your second factor counts from now on')
}

const NOT_CONFIRMED = 'It does not count yet; confirm it: holdpoint factor confirm <code>'

/** Asks again after a slip: the picture and the recovery codes are shown once, and would have to be handed out anew. */
async function confirmAsking(session: Session): Promise<void> {
  const { io, out } = session
  for (;;) {
    const code = await prompt(io, 'A code from the app, to confirm it: ', NOT_CONFIRMED)
    if (code.trim() === '') throw new CommandFailure(NOT_CONFIRMED)
    try {
      return await confirmWith(session, code, {})
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.code !== 'second_factor_invalid') throw error
      out.note(`✗ ${visible(error.message)}`)
    }
  }
}

const remove = (cli: Cli): Command =>
  withExamples(
    new Command('remove')
      .description('give your second factor up')
      .requiredOption('--totp <code>', 'a code of it')
      .addOption(keyOption()),
    'factor remove --totp 123456',
  ).action((options: Keyed & { readonly totp: string }, self: Command) =>
    cli.withOperator(self, async ({ client, out }) => {
      const standing = await client.removeFactor(options.totp, keyed(options))
      out.result({ factor: standing }, () => '✓ you have no second factor any more')
    }),
  )

const reset = (cli: Cli): Command =>
  withExamples(
    new Command('reset')
      .description(
        'take a person’s lost factor away (admin); it is gone after a day, unless it is used before',
      )
      .argument('<person>', 'their id')
      .addOption(reasonOption())
      .addOption(keyOption()),
    'factor reset ana --reason "Lost her phone, called back at her desk"',
  ).action((person: string, { reason }: { readonly reason?: string }, self: Command) =>
    cli.withOperator(self, async ({ client, out, io }) => {
      if (reason === undefined && !(await client.person(person)).factor?.enrolled)
        throw new CommandFailure(`${visible(person)} has no second factor. [conflict]`, EXIT.refused)
      await askOnceFound(io, self)
      const options = self.opts<Keyed & { readonly reason: string }>()
      const standing = await client.resetFactor(person, options.reason, keyed(options))
      out.result({ factor: standing }, () => `✓ ${visible(person)}: ${factorText(standing)}`)
    }),
  )

/** In a few words, for a person. */
export function factorText({ enrolled, recoveryCodes, lockedUntil, reset: asked }: FactorView): string {
  if (!enrolled) return 'none'
  return [
    `enrolled, ${counted(recoveryCodes, 'recovery code')} left`,
    ...(lockedUntil === undefined ? [] : [`locked until ${localTime(lockedUntil, new Date())}`]),
    ...(asked ? [`to be taken away at ${localTime(asked.dueAt, new Date())} by ${visible(asked.by)}`] : []),
  ].join('; ')
}
