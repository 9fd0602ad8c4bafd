import { Command, Help, type Option } from 'commander'
import type { Cli } from './cli.ts'
import { agents } from './commands/agents.ts'
import { answer } from './commands/answer.ts'
import { approvals } from './commands/approvals.ts'
import { approve } from './commands/approve.ts'
import { AskedOption, needIfUnasked } from './commands/asked-option.ts'
import { backup } from './commands/backup.ts'
import { channels } from './commands/channels.ts'
import { cluster } from './commands/cluster.ts'
import { deny } from './commands/deny.ts'
import { exportLog } from './commands/export.ts'
import { factor } from './commands/factor.ts'
import { help } from './commands/help.ts'
import { history } from './commands/history.ts'
import { inject } from './commands/inject.ts'
import { instructions } from './commands/instructions.ts'
import { pause, reinstate, resume, stop } from './commands/intervene.ts'
import { onCall } from './commands/on-call.ts'
import { orders } from './commands/orders.ts'
import { grant, revoke } from './commands/override.ts'
import { people } from './commands/people.ts'
import { policy } from './commands/policy.ts'
import { respond } from './commands/respond.ts'
import { serve } from './commands/serve.ts'
import { show } from './commands/show.ts'
import { standing } from './commands/standing.ts'
import { ack, resolve, tickets } from './commands/tickets.ts'
import { token } from './commands/token.ts'
import { trust } from './commands/trust.ts'
import { verify } from './commands/verify.ts'
import { watch } from './commands/watch.ts'
import { EXIT_CODES_HELP } from './exit-codes.ts'

const GROUPS = [
  { title: 'Run it', commands: [serve, cluster, policy, token, people, factor, backup, exportLog, verify] },
  {
    title: 'See what waits',
    commands: [watch, approvals, tickets, show, agents, instructions, orders, history, onCall, channels],
  },
  { title: 'Decide', commands: [approve, deny, respond, answer, ack, resolve, revoke, grant, standing] },
  { title: 'Intervene', commands: [pause, resume, stop, reinstate, inject, trust] },
] as const

const GUIDE = `
A first session, on one machine
  $ holdpoint serve                                            in one terminal
  $ holdpoint token create --role agent --subject my-agent     for the agent's HOLDPOINT_TOKEN
  $ holdpoint watch                                            see what waits, and decide

Who you are
  --token, --token-file or HOLDPOINT_TOKEN. Without one, and where the address is this machine and the data folder
  of its control plane (--data, HOLDPOINT_DATA or ./holdpoint-data) is readable, a short-lived admin token is made
  for "local:<your user>": whoever can read the keys there could make one anyway.

Ids
  Any id may be shortened to its last characters (at least 6), as listings show it.

${EXIT_CODES_HELP}`

/** The whole command line. */
export function createProgram(cli: Cli, version: string): Command {
  const { io } = cli
  const program = new Command('holdpoint')
    .description('Run the Holdpoint control plane, and watch and steer AI agents from a terminal.')
    .version(version)
    .option('--url <url>', 'the control plane (default: HOLDPOINT_URL, or http://127.0.0.1:7411)')
    .option('--token <token>', 'who you are (default: HOLDPOINT_TOKEN)')
    .option('--token-file <path>', 'a file that holds the token')
    .option('--data <folder>', 'the data folder (default: HOLDPOINT_DATA, or ./holdpoint-data)')
    .option('--timeout <time>', 'how long one request may take (default: 10s)')
    .option('--json', 'one JSON document on stdout, errors too')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .helpCommand(false)
    .showHelpAfterError('(add --help for how to use it)')
    .configureHelp({ showGlobalOptions: true, ...neededShown })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // as every other failure is told
      outputError: (text, write) => write(text.replace(/^error: /, '✗ ')),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .exitOverride()
    .hook('preAction', (_program, command) => needIfUnasked(cli, command))
    .addHelpText('after', GUIDE)
  for (const { title, commands } of GROUPS)
    for (const create of commands) program.addCommand(inherit(create(cli).helpGroup(`${title}:`), program))
  program.addCommand(inherit(exitCodes(cli), program), { hidden: true })
  return program.addCommand(inherit(help(program), program))
}

/** What a command can not do without stands in its usage line, and is marked where it is explained. */
const neededShown: Partial<Help> = {
  commandUsage: (command) => {
    const needed = command.options.filter(isNeeded).map(({ flags }) => flags)
    return plainHelp.commandUsage(command).replace('[options]', [...needed, '[options]'].join(' '))
  },
  optionDescription: (option) => {
    const description = plainHelp.optionDescription(option)
    if (!isNeeded(option)) return description
    return `${option.mandatory ? 'required' : 'required (asked for on a terminal)'}: ${description}`
  },
}
const isNeeded = (option: Option): boolean => option.mandatory || option instanceof AskedOption
const plainHelp = new Help()

/** `holdpoint help exit-codes` shows a command's help, so the page is a command. */
const exitCodes = (cli: Cli): Command =>
  new Command('exit-codes')
    .description(EXIT_CODES_HELP)
    .action(() => void cli.io.stdout.write(`${EXIT_CODES_HELP}\n`))

/** commander hands its settings down only to commands that it made itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
  return command
}
