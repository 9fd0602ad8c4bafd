import { createRequire } from 'node:module'
import { CommanderError } from 'commander'
import { createCli } from './cli.ts'
import { EXIT, Interrupted } from './exit-codes.ts'
import type { Io } from './io.ts'
import { createOutput } from './output/output.ts'
import { createProgram } from './program.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

/** Runs one command line, without the program's name. Returns the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const cli = createCli(io)
  try {
    await createProgram(cli, version).parseAsync(args, { from: 'user' })
    return cli.exitCode()
  } catch (error) {
    // at a question for an option, which comes before the command's body
    if (error instanceof Interrupted)
      return createOutput(io, { json: false, color: !args.includes('--no-color') }).failure(error)
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return EXIT.ok
    if (args.includes('--json')) io.stdout.write(`${usageJson(error)}\n`)
    return EXIT.usage
  }
}

/** Where a group of commands was given without one of them, commander shows its help and throws this. */
const SHOWED_HELP = 'commander.help'

const usageJson = ({ code, message }: CommanderError): string =>
  JSON.stringify({
    error: {
      code: 'usage',
      message:
        code === SHOWED_HELP ? 'A command is missing: --help lists them.' : message.replace(/^error: /, ''),
      retryable: false,
    },
    exitCode: EXIT.usage,
  })
