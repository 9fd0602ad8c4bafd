import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Io } from '../io.ts'
import { runCli } from '../run-cli.ts'

/** The address is none, and is read last: what complains of it has all its options. */
function terminal(isTTY = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => {} })
  const written: string[] = []
  const output = () => {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 })
    stream.on('data', (chunk) => written.push(String(chunk)))
    return stream
  }
  const env = { HOLDPOINT_URL: 'nowhere', HOLDPOINT_TOKEN: 'none', NO_COLOR: '1' }
  const io = { env, stdin, stdout: output(), stderr: output(), signal: new AbortController().signal }
  return {
    run: (...args: readonly string[]) => runCli(args, io as unknown as Io),
    shown: () => written.join(''),
  }
}

const ASKING = [
  ['deny', '456789ab'],
  ['respond', '456789ab'],
  ['stop', 'bot'],
  ['pause', 'bot'],
  ['reinstate', 'bot'],
  ['revoke', '456789ab'],
  ['grant', '456789ab'],
  ['trust', 'reset', 'bot'],
  ['standing', 'revoke', 'bot', '456789ab'],
  ['orders', 'lift', '456789ab'],
  ['people', 'disable', 'bo'],
  ['factor', 'reset', 'bo'],
  ['token', 'revoke', 'some'],
  ['policy', 'shadow', '--off'],
]

describe('words that a command can not do without', () => {
  it.each(ASKING)('are asked for only once it is known that it is there: %s %s', async (...args) => {
    const { run, shown } = terminal()
    expect(await run(...args)).toBe(2)
    expect(shown()).toContain('"nowhere" is not an address')
    expect(shown()).not.toMatch(/Why|What/)
  })

  it.each(ASKING)('are a usage error where nobody can be asked: %s %s', async (...args) => {
    const { run, shown } = terminal(false)
    expect(await run(...args)).toBe(2)
    expect(shown()).toMatch(/required option '--(reason|message) <text>' not specified/)
  })

  it('and where a program reads, and where the rest can not be followed', async () => {
    const json = terminal()
    expect(await json.run('stop', 'bot', '--json')).toBe(2)
    expect(json.shown()).toContain('"code":"usage"')

    const wrong = terminal()
    expect(await wrong.run('stop', 'bot', '--bad')).toBe(2)
    expect(wrong.shown()).not.toContain('Why')
  })

  it('are not asked for where they were given', async () => {
    const { run, shown } = terminal()
    await run('stop', 'bot', '--reason', 'Looks wrong')
    expect(shown()).toContain('"nowhere" is not an address')
    expect(shown()).not.toContain('Why')
  })
})
