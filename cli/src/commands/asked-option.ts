import { type Command, Option } from 'commander'
import type { Cli, GlobalOptions } from '../cli.ts'
import { canAsk, prompt } from './confirm.ts'

/** Words that a command can not do without: where they are not given and there is a person to ask, they are asked for. */
export class AskedOption extends Option {}

/** Why somebody does it. */
export const reasonOption = (description = 'why, for the record'): Option =>
  new AskedOption('--reason <text>', description)

/**
 * Before a command's body, so that what is asked for is an option like any other.
 * Errors: commander's usage error where there is nobody to ask, or no answer; Interrupted.
 */
export async function askForMissing({ io }: Cli, command: Command): Promise<void> {
  const { json } = command.optsWithGlobals<GlobalOptions>()
  for (const option of command.options) {
    const name = option.attributeName()
    if (!(option instanceof AskedOption) || command.getOptionValue(name) !== undefined) continue
    const answer = json !== true && canAsk(io) ? (await prompt(io, questionOf(option))).trim() : ''
    if (answer === '')
      command.error(`error: required option '${option.flags}' not specified`, {
        code: 'commander.missingMandatoryOptionValue',
      })
    command.setOptionValueWithSource(name, answer, 'cli')
  }
}

const questionOf = ({ description }: Option): string =>
  `${description.charAt(0).toUpperCase()}${description.slice(1)}: `
