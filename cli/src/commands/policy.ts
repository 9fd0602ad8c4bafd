import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { withExamples } from './options.ts'
import { activate } from './policy/activate.ts'
import { check } from './policy/check.ts'
import { replay } from './policy/replay.ts'
import { schema } from './policy/schema.ts'
import { shadow } from './policy/shadow.ts'
import { show } from './policy/show.ts'
import { test } from './policy/test.ts'

/** PO6: a policy as a file, from the editor to what decides. */
export const policy = (cli: Cli): Command => {
  const command = withExamples(
    new Command('policy').description('check, test and activate the policy that decides'),
    'policy check holdpoint.policy.yaml',
    'policy test holdpoint.policy.test.yaml',
    'policy replay holdpoint.policy.yaml',
    'policy activate holdpoint.policy.yaml --reason "Payments need two persons"',
    'policy show',
  )
  for (const create of [check, test, replay, shadow, activate, show, schema]) command.addCommand(create(cli))
  return command
}
