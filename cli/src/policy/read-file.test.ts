import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandFailure } from '../exit-codes.ts'
import type { Located } from './located.ts'
import { readPolicyFile } from './read-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-policy-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const written = (text: string, name = 'p.yaml'): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
/** `line:column path message` of each mistake. */
const mistakes = async (text: string): Promise<readonly string[]> => {
  const failure = await readPolicyFile(written(text)).then(
    () => undefined,
    (error: CommandFailure) => error,
  )
  const { problems = [] } = (failure?.details ?? {}) as { readonly problems?: readonly Located[] }
  return problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)
}

describe('a policy file', () => {
  it('[PO6] is YAML or JSON, and says the same in both', async () => {
    const yaml = await readPolicyFile(written('version: v2\ndenials: { rememberMs: 2h }\n'))
    const json = await readPolicyFile(
      written('{"version": "v2", "denials": {"rememberMs": 7200000}}', 'p.json'),
    )
    expect(yaml.digest).toBe(json.digest)
    expect(yaml.document).toEqual({ version: 'v2', denials: { rememberMs: '2h' } })
  })

  it('[PO6] tells each mistake with line and column: at an unknown key, at a wrong value, where one is missing', async () =>
    expect(
      await mistakes(
        [
          'version: v2',
          'catalog: {}',
          'catalogue:',
          '  deploy:',
          '    level: rewiew',
          '    timeoutMs: soon',
          'rules:',
          '  - name: one',
          '    level: review',
        ].join('\n'),
      ),
    ).toEqual([
      expect.stringMatching(/^5:12 catalogue\.deploy\.level /),
      expect.stringMatching(/^6:16 catalogue\.deploy\.timeoutMs /),
      expect.stringMatching(/^8:5 rules\.0\.when /),
      '2:1 catalog there is no "catalog" here',
    ]))

  it.each([
    ['plain', 'rules:\n  - name: r\n    when: action == "x" && amount > 3\n', '3:28', 18],
    ['quoted', 'rules:\n  - name: r\n    when: \'action == "x" && amount > 3\'\n', '3:29', 18],
    ['block', 'rules:\n  - name: r\n    when: |\n      action == "x" &&\n        amount > 3\n', '5:9', 20],
    // where lines are folded, it is told by its character
    ['folded', 'rules:\n  - name: r\n    when: >-\n      action == "x" &&\n      amount > 3\n', '3:11', 18],
  ])('[PO3] shows where in a %s expression a name is unknown', async (_, text, place, character) =>
    expect(await mistakes(text)).toEqual([
      expect.stringMatching(
        `^${place} rules.0.when Unknown variable: amount \\(at character ${character}\\)`,
      ),
    ]),
  )

  it('[PO6] a mistake in the YAML itself is told likewise', async () => {
    expect(await mistakes('version: [v2\n')).toEqual([expect.stringMatching(/^\d+:\d+ {2}\S/)])
    expect(await mistakes('version: v2\nversion: v3\n')).toEqual([expect.stringMatching(/^2:1 {2}.*unique/)])
  })

  it('a file that doubles itself is refused, not followed', async () => {
    const doubling = Array.from({ length: 20 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)
    await expect(readPolicyFile(written(['a0: &a0 [x]', ...doubling].join('\n')))).rejects.toThrow(
      /can not be used: .*alias/,
    )
  })

  it('one that is not there, or too large, is a mistake of use', async () => {
    await expect(readPolicyFile(join(folder, 'none.yaml'))).rejects.toThrow(/can not be read/)
    await expect(readPolicyFile(written(`version: "${'x'.repeat(300_000)}"`))).rejects.toThrow(/larger than/)
  })
})
