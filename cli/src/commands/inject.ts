import { leavesOpen } from '@holdpoint/client/operator'
import type { Target, TargetResult } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import { visible } from '../output/visible.ts'
import { exitCodeOfAll, nobodyHasIt, noteOpen, readTarget, restOf, unlistedLine } from './intervene.ts'
import { type Keyed, keyOption, namedKey, readJson, withExamples } from './options.ts'

interface Options extends Keyed {
  readonly labels?: string
  readonly all?: boolean
  readonly children?: boolean
  readonly payload?: string
}

export const inject = (cli: Cli): Command =>
  withExamples(
    new Command('inject')
      .description(
        'give agents an instruction; it waits for a paused one, survives restarts, and is answered',
      )
      .argument('[agent]', 'one agent’s id; leave it out with --labels or --all')
      .argument('[text]', 'the instruction')
      .option('--labels <selector>', 'all with these labels, like team=payments,env!=prod')
      .option('--all', 'every agent of the tenant')
      .option('--children', 'with [agent]: its children too')
      .option('--payload <json>', 'data beside the text: JSON, @file, or @-')
      .addOption(keyOption()),
    'inject folder-agent "skip *.log"',
    'inject --all "Be careful: the disk is nearly full"',
  ).action((first: string | undefined, second: string | undefined, options: Options, command: Command) =>
    cli.withOperator(command, async ({ client, io, out, exitWith }) => {
      const [target, text] = readInstruction(first, second, options)
      const data =
        options.payload === undefined ? undefined : await readJson(io, '--payload', options.payload)
      const key = namedKey(options)
      const done = await out.during(
        'Waiting for the control plane',
        client.inject(target, text, data, { key }),
      )
      const { results } = done
      const [only] = results
      if (results.length === 1 && only?.error && !leavesOpen(done))
        throw new CommandFailure(`${visible(only.error.message)} [${only.error.code}]`)
      out.result({ results, ...restOf(done, key) }, () =>
        nobodyHasIt(done)
          ? 'No agent matched; nothing was done.'
          : [...results.map(resultLine), ...unlistedLine(done)].join('\n'),
      )
      noteOpen(out, done, key)
      exitWith(exitCodeOfAll(done))
    }),
  )

const resultLine = ({ agent, ok, error }: TargetResult): string =>
  ok ? `✓ queued for ${visible(agent)}` : `✗ ${visible(agent)}: ${visible(error?.message ?? 'refused')}`

/** With --labels or --all the only argument is the text. */
function readInstruction(
  first: string | undefined,
  second: string | undefined,
  options: Options,
): readonly [Target, string] {
  const many = options.labels !== undefined || options.all === true
  const [agent, text] = many && second === undefined ? [undefined, first] : [first, second]
  if (text === undefined) throw new UsageError('The instruction is missing.')
  return [readTarget(agent, options), text]
}
