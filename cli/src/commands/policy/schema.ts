import { policyJsonSchema } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { withExamples } from '../options.ts'

export const schema = (cli: Cli): Command =>
  withExamples(
    new Command('schema').description('print the JSON Schema of policy files, for editors'),
    'policy schema > holdpoint.policy.schema.json',
  ).action((_options: object, command: Command) =>
    cli.run(command, async (out) => {
      const document = policyJsonSchema()
      out.result(document, () => JSON.stringify(document, null, 2))
    }),
  )
