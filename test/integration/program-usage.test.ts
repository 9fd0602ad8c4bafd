import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { compiled, testProgram } from '../harness/compiled.ts'

const programs = [
  ['bench', testProgram('bench/run'), ['--at', 'x']],
  ['soak', testProgram('chaos/soak-process'), ['--hours', 'x']],
  ['simulate', testProgram('simulation/replay'), ['5-2']],
  ['pack', compiled('scripts/pack.mjs'), ['somewhere']],
] as const

const run = (program: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe.each(programs)('npm run %s', (name, program, bad) => {
  it('says how it is used', () => {
    expect(run(program, '--help')).toEqual({
      status: 0,
      stdout: expect.stringContaining(`npm run ${name} -- `),
      stderr: '',
    })
  })

  it.each([[['--bad']], [bad]])('and does nothing where it can not follow %s', (args) => {
    const { status, stdout, stderr } = run(program, ...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^\s*✗ /)
    expect(stderr).toContain(`npm run ${name} -- `)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })
})
