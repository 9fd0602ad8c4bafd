import { type Command, Option } from 'commander'
import type { Cli, GlobalOptions } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { canAsk, prompt } from './confirm.ts'

/**
 * Words that a command can not do without: where they are not given and there is a person to ask, its body asks for them, with
 * `askOnceFound`.
 */
export class AskedOption extends Option {}

/** Why somebody does it. */
export const reasonOption = (description = 'why, for the record'): AskedOption =>
  new AskedOption('--reason <text>', description)

/**
 * Before a command's body: where nobody can be asked, nothing is begun without them.
 * Errors: commander's usage error.
 */
export function needIfUnasked({ io }: Cli, command: Command): void {
  const { json } = command.optsWithGlobals<GlobalOptions>()
  if (json !== true && canAsk(io)) return
  for (const option of missing(command))
    command.error(`error: ${notSpecified(option)}`, { code: 'commander.missingMandatoryOptionValue' })
}

/**
 * Within a command's body, once it has found what it is about: nobody is asked why something is done to what turns out not to
 * be there.
 * Errors: UsageError where there is no answer; Interrupted.
 */
export async function askOnceFound(io: Io, command: Command): Promise<void> {
  for (const option of missing(command))
    if (!(await ask(io, command, option))) throw new UsageError(`${notSpecified(option)}.`)
}

const missing = (command: Command): readonly AskedOption[] =>
  command.options.filter(
    (option) => option instanceof AskedOption && command.getOptionValue(option.attributeName()) === undefined,
  ) as AskedOption[]

async function ask(io: Io, command: Command, option: Option): Promise<boolean> {
  const answer = (await prompt(io, questionOf(option))).trim()
  if (answer !== '') command.setOptionValueWithSource(option.attributeName(), answer, 'cli')
  return answer !== ''
}

const notSpecified = ({ flags }: Option): string => `required option '${flags}' not specified`

const questionOf = ({ description }: Option): string =>
  `${description.charAt(0).toUpperCase()}${description.slice(1)}: `
