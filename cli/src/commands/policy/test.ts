import { dirname, resolve } from 'node:path'
import { type CaseResult, counted, readCases, runCases } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../../cli.ts'
import { CommandFailure, EXIT, UsageError } from '../../exit-codes.ts'
import type { Output } from '../../output/output.ts'
import { readPolicyFile, readYaml } from '../../policy/read-file.ts'
import { withExamples } from '../options.ts'

interface Options {
  readonly policy?: string
}

interface Tested {
  readonly file: string
  readonly version: string
  readonly cases: readonly CaseResult[]
}

export const test = (cli: Cli): Command =>
  withExamples(
    new Command('test')
      .description('run unit cases against the policy that each file of cases names')
      .argument('<files...>', 'files of cases, YAML or JSON')
      .option('--policy <file>', 'another policy file than the one that they name'),
    'policy test holdpoint.policy.test.yaml',
    'policy test policies/*.test.yaml --policy candidate.yaml',
  ).action((paths: readonly string[], options: Options, command: Command) =>
    cli.run(command, async (out) => {
      const tested: Tested[] = []
      for (const path of paths) tested.push(await testFile(path, options.policy))
      const failed = tested.flatMap(({ cases }) => cases.filter(({ misses }) => misses.length > 0)).length
      const total = tested.reduce((sum, { cases }) => sum + cases.length, 0)
      const all = { total, failed, files: tested }
      // with --json a failure is the one document that is printed
      if (failed === 0 || !out.json) out.result(all, () => tested.map((one) => report(one, out)).join('\n'))
      if (failed > 0)
        throw new CommandFailure(
          `${failed} of ${counted(total, 'case')} did not come out as expected.`,
          EXIT.refused,
          all,
        )
      out.note(`${counted(total, 'case')} came out as expected.`)
    }),
  )

async function testFile(path: string, other: string | undefined): Promise<Tested> {
  const file = await readYaml(path)
  const { policy: named, cases } = file.judge(readCases(file.value))
  const policyPath = other ?? (named === undefined ? undefined : resolve(dirname(path), named))
  if (policyPath === undefined)
    throw new UsageError(`${path} names no policy: write "policy: <file>" in it, or give --policy.`)
  const { policy } = await readPolicyFile(policyPath)
  return { file: path, version: policy.version, cases: runCases(policy, cases) }
}

const report = ({ file, version, cases }: Tested, { colors }: Output): string =>
  [
    `${file} (version ${version})`,
    ...cases.flatMap(({ name, misses }) =>
      misses.length === 0
        ? [`  ${colors.green('✓')} ${name}`]
        : [`  ${colors.red('✗')} ${name}`, ...misses.map((miss) => `      ${miss}`)],
    ),
  ].join('\n')
