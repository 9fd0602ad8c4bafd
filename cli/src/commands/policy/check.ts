import { counted } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { readPolicyFile } from '../../policy/read-file.ts'
import { tellRemarks } from '../../policy/remarks.ts'
import { withExamples } from '../options.ts'

export const check = (cli: Cli): Command =>
  withExamples(
    new Command('check')
      .description(
        'check a policy file; each mistake with its line and column, and what it hardly means. Asks no control plane, and changes nothing',
      )
      .argument('<file>', 'YAML or JSON'),
    'policy check holdpoint.policy.yaml',
  ).action((path: string, _options: object, command: Command) =>
    cli.run(command, async (out) => {
      const { policy, digest, warnings } = await readPolicyFile(path)
      const { version, rules, catalogue } = policy
      const counts = { rules: rules.length, actions: Object.keys(catalogue).length }
      out.result(
        { version, digest, ...counts, warnings },
        () =>
          `✓ ${path}: version ${version}, ${counted(counts.actions, 'action')}, ${counted(counts.rules, 'rule')}\n  ${digest}`,
      )
      tellRemarks(out, path, warnings)
      out.note(
        `Nothing decides by this file before it is activated. Try it on what was asked for: holdpoint policy replay ${path}
Let it judge beside the active one: holdpoint policy shadow ${path} --reason "…"
Activate it: holdpoint policy activate ${path} --reason "…"`,
      )
    }),
  )
