import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalAction, newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { freePort } from '../harness/free-port.ts'
import { type Failure, person, remove, startAgent, UNKNOWN } from './cli-people.ts'
import { scriptedServer } from './sdk-scripted-server.ts'

describe('holdpoint: exit codes', () => {
  it('[PR2] says the same thing once more under the same key, and does it once', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    const first = await hp('deny', id, '--reason', 'no', '--key', 'k1', '--json')
    const again = await hp('deny', id, '--reason', 'no', '--key', 'k1', '--json')
    expect([again.code, again.json()]).toEqual([0, first.json()])
    const other = await hp('deny', id, '--reason', 'no', '--key', 'k2', '--json')
    expect([other.code, other.json<Failure>().error.code]).toEqual([3, 'already_decided'])
  })

  it.each([
    [['show', UNKNOWN], 3, 'not_found'],
    [['deny', UNKNOWN, '--reason', 'x'], 3, 'not_found'],
    [['ack', UNKNOWN], 3, 'not_found'],
    [['show', 'ffffffff'], 3, 'failed'],
    [['show', 'xyz'], 2, 'usage'],
    [['pause', 'nobody', '--reason', 'x'], 3, 'not_found'],
    [['pause', '--reason', 'x'], 2, 'usage'],
    [['pause', 'a', '--all', '--reason', 'x'], 2, 'usage'],
    [['deny', UNKNOWN], 2, 'usage'],
    [['resolve', UNKNOWN], 2, 'usage'],
    // arguments for nothing would be dropped without a word
    [['resolve', UNKNOWN, '--resolution', 'x', '--args', '{}'], 2, 'usage'],
    [['approvals', '--status', 'odd'], 2, 'usage'],
    [['history', '--since', 'yesterday'], 2, 'usage'],
    [['agents', '--url', 'nowhere'], 2, 'usage'],
    [['agents', '--timeout', 'soon'], 2, 'usage'],
    [['agents', '--token', 'forged'], 4, 'unauthenticated'],
    [['watch'], 2, 'usage'],
    [['frobnicate'], 2, 'usage'],
  ] as const)('%j ends with %i', async (args, code, name) => {
    await using plane = await controlPlane()
    const hp = await person(plane)
    const result = await hp(...args, '--json')
    expect([result.code, result.json<Failure>()]).toMatchObject([
      code,
      { error: { code: name }, exitCode: code },
    ])
    expect(result.stdout.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    [['--token', 'forged'], {}, '--token'],
    [[], { HOLDPOINT_TOKEN: 'forged' }, 'HOLDPOINT_TOKEN'],
  ] as const)('4: says where a refused token came from, and what to do: %j', async (args, env, origin) => {
    await using plane = await controlPlane()
    const { code, stderr } = await commandLine({ url: plane.url, env })('agents', ...args)
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(
        new RegExp(
          `It came from ${origin}: give another\\. .* "holdpoint token create"\\. \\[unauthenticated\\]`,
        ),
      ),
    ])
  })

  it('4: says so of an agent’s token as well, which somebody left in the environment', async () => {
    await using plane = await controlPlane()
    const env = { HOLDPOINT_TOKEN: await plane.token({ subject: 'bot', role: 'agent' }) }
    const { code, stderr } = await commandLine({ url: plane.url, env })('agents')
    expect([code, stderr]).toEqual([4, expect.stringContaining('role agent. It came from HOLDPOINT_TOKEN')])
  })

  it('2: a group of commands without one of them, in words for a program as well', async () => {
    const { code, json } = await commandLine({})('people', '--json')
    expect([code, json<Failure>().error.message]).toEqual([2, 'A command is missing: --help lists them.'])
  })

  it('4: a token file whose token is refused, at once', async () => {
    await using plane = await controlPlane()
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-cli-'))
    const file = join(folder, 'token')
    await writeFile(file, 'forged')
    const hp = commandLine({ url: plane.url })
    const result = await hp('agents', '--token-file', file, '--json')
    expect(result.json<Failure>()).toMatchObject({ error: { code: 'unauthenticated' }, exitCode: 4 })
    await rm(folder, { recursive: true })
  })

  it('[ID1] 4: a viewer may look and not decide', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const viewer = await person(plane, 'viewer')
    const { id } = await remove(agent, 'a.log')
    expect((await viewer('show', id)).code).toBe(0)
    expect((await viewer('approve', id, '--json')).json<Failure>()).toMatchObject({
      error: { code: 'forbidden' },
      exitCode: 4,
    })
    expect((await viewer('pause', 'bot', '--reason', 'x')).code).toBe(4)
  })

  it('4: no token, and no keys to make one', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: join(plane.folder, 'nothing') } })
    const { code, stderr } = await hp('agents')
    expect([code, stderr]).toEqual([4, expect.stringContaining('There is no token')])
  })

  it('makes a token for who can read the keys on the same machine, and never for another machine', async () => {
    await using plane = await controlPlane()
    const env = { HOLDPOINT_DATA: plane.folder }
    expect((await commandLine({ url: plane.url, env })('agents')).code).toBe(0)
    const { code, stderr } = await commandLine({ url: 'http://holdpoint.example:7411', env })('agents')
    expect([code, stderr]).toEqual([4, expect.stringContaining('There is no token')])
  })

  it('5: nothing listens there, which is said at once', async () => {
    const hp = commandLine({ url: `http://127.0.0.1:${await freePort()}`, token: 'x' })
    const since = performance.now()
    const { code, stderr } = await hp('agents')
    expect([code, stderr]).toEqual([5, expect.stringContaining('could not be reached: connection refused.')])
    expect(performance.now() - since).toBeLessThan(8_000)
  })

  it('5: nothing answers there', async () => {
    const hp = commandLine({ url: 'http://127.0.0.1:1', token: 'any' })
    const result = await hp('approvals', '--timeout', '300ms', '--json')
    expect([result.code, result.json<Failure>().error]).toMatchObject([
      5,
      { code: 'unavailable', message: expect.stringContaining('http://127.0.0.1:1') },
    ])
  })

  it('[PR2] 6: the answer was lost, and the key to ask again with is named', async () => {
    await using server = await scriptedServer()
    const bytes = canonicalAction('delete_data', { path: 'a' })
    if (!bytes.ok) throw new Error(bytes.error.message)
    const id = newId()
    server.answer('approval.get', () => ({
      approval: {
        id,
        revision: 1,
        status: 'pending',
        level: 'review',
        action: 'delete_data',
        ...bytes.value,
      },
    }))
    server.answer('approval.approve', () => 'silence')
    const hp = commandLine({ url: server.url, token: 'any' })
    const result = await hp('approve', id, '--timeout', '300ms', '--json')
    const key = server.payloads('approval.approve')[0]?.key
    expect([result.code, result.json<Failure>()]).toMatchObject([6, { error: { key }, exitCode: 6 }])
    const words = await hp('approve', id, '--timeout', '300ms', '--key', 'mine')
    expect([words.code, words.stderr]).toEqual([6, expect.stringContaining('--key mine')])
  })

  it('names in its usage line what a command can not do without, and marks it where it is explained', async () => {
    const help = async (...names: readonly string[]) =>
      (await commandLine({})(...names, '--help')).stdout.split('\n').map((line) => line.trim())
    const shadow = await help('policy', 'shadow')
    expect(shadow).toContain('Usage: holdpoint policy shadow --reason <text> [options] [file]')
    expect(shadow).toContainEqual(
      expect.stringMatching(/^--reason <text> +required \(asked for on a terminal\): why, for the record$/),
    )
    expect(shadow).toContainEqual(expect.stringMatching(/^--off +end it$/))
    expect((await help('token', 'create'))[0]).toBe(
      'Usage: holdpoint token create --role <role> --subject <id> [options]',
    )
    expect((await help('approvals'))[0]).toBe('Usage: holdpoint approvals [options]')
  })

  it('explains them, and every command has examples', async () => {
    const hp = commandLine({})
    expect((await hp('help', 'exit-codes')).stdout).toContain('6  outcome unknown')
    for (const command of ['serve', 'token create', 'approve', 'stop', 'orders lift', 'watch', 'history']) {
      const { code, stdout } = await hp(...command.split(' '), '--help')
      expect([command, code, stdout]).toEqual([
        command,
        0,
        expect.stringMatching(/Examples\n {2}\$ holdpoint/),
      ])
    }
  })
})
