import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AgentClient } from '@holdpoint/client'
import { refusal } from '@holdpoint/shared'
import { beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { compiled } from '../harness/compiled.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { authenticator } from '../harness/factor.ts'
import { needProgram } from '../harness/need-program.ts'
import { freshKey } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'
import { scriptedServer } from './sdk-scripted-server.ts'

const CLI = compiled('cli/dist/main.js')

interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  readonly gone: Promise<number | null>
  stdout(): string
  stderr(): string
}

/** A program in a process of its own; what it prints is kept. */
function start(command: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const gone = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    gone,
    stdout: () => stdout,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

const holdpoint = (args: readonly string[], env: Record<string, string> = {}) =>
  start(process.execPath, [CLI, ...args], env)

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'holdpoint-cli-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

const ready = async (server: Running): Promise<{ address: string; dataFolder: string }> =>
  JSON.parse(
    await until(
      'it says where it listens',
      () => server.stdout().split('\n')[1] !== undefined && server.stdout(),
    ),
  )

describe('holdpoint serve', () => {
  it('serves, lets the same person in by the keys of its folder, and ends cleanly', async () => {
    await using data = await folder()
    const env = { HOLDPOINT_DATA: join(data.path, 'data') }
    await using server = holdpoint(['serve', '--port', '0', '--json'], env)
    const { address, dataFolder } = await ready(server)
    expect(dataFolder).toBe(env.HOLDPOINT_DATA)
    expect((await stat(dataFolder)).mode & 0o077).toBe(0)
    await using agents = holdpoint(['agents', '--json', '--url', address], env)
    expect([await agents.gone, JSON.parse(agents.stdout())]).toMatchObject([0, { agents: [] }])
    server.child.kill('SIGTERM')
    expect(await server.gone).toBe(0)
  })

  it('[ID1] signs its first person in by a link, made at the first start alone', async () => {
    await using data = await folder()
    const env = { HOLDPOINT_DATA: join(data.path, 'data') }
    const start = async () => {
      const server = holdpoint(['serve', '--port', '0', '--json'], env)
      return { server, told: (await ready(server)) as { address: string; firstSignIn?: { link: string } } }
    }
    const first = await start()
    const { origin, hash } = new URL(first.told.firstSignIn?.link ?? '')
    expect(origin).toBe(first.told.address)
    const claimed = await fetch(`${origin}/v1/sign-in/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: decodeURIComponent(hash.slice('#link='.length)) }),
    })
    expect(claimed.status).toBe(200)
    first.server.child.kill('SIGTERM')
    await first.server.gone
    const second = await start()
    expect(second.told.firstSignIn).toBeUndefined()
    second.server.child.kill('SIGTERM')
    await second.server.gone
    await using third = holdpoint(['serve', '--port', '0'], env)
    await until('it greets', () => third.stdout().includes('Careful'))
    expect(third.stdout()).toMatch(
      /\n {2}console {2}(http:\S+) {2}to get in again: holdpoint people link admin --url \1 --data \S+\n/,
    )
    expect(third.stdout()).not.toContain('#link=')
  })

  it('says to people where it listens, what to do next, and what to be careful about (ID5)', async () => {
    await using data = await folder()
    await using server = holdpoint(['serve', '--port', '0', '--data', data.path])
    await until('it greets', () => server.stdout().includes('Careful'))
    expect(server.stdout()).toMatch(/Holdpoint listens on http:\/\/127\.0\.0\.1:\d+\n/)
    expect(server.stdout()).toContain(data.path)
    // pasted in another terminal, they find the keys of this folder
    expect(server.stdout()).toContain(
      `holdpoint token create --role agent --subject my-agent --data ${data.path}\n`,
    )
    expect(server.stdout()).toMatch(new RegExp(`holdpoint watch --url \\S+ --data ${data.path}\n`))
    expect(server.stdout()).toMatch(
      /signs you in to the web console as admin, once[\s\S]*\n {2}http:\/\/\S+#link=\S+\n/,
    )
    expect(server.stdout()).toContain('same operating-system user')
    server.child.kill('SIGINT')
    expect([await server.gone, server.stderr()]).toEqual([
      0,
      expect.stringContaining('what was acknowledged is on disk'),
    ])
  })

  it('does not start on a folder that another one holds, and says who', async () => {
    await using data = await folder()
    await using first = holdpoint(['serve', '--port', '0', '--json', '--data', data.path])
    await ready(first)
    await using second = holdpoint(['serve', '--port', '0', '--json', '--data', data.path])
    expect(await second.gone).toBe(3)
    expect(JSON.parse(second.stdout()).error.message).toContain(String(first.child.pid))
  })

  it('[ST11] makes the folder of its archive, and does not start where it can not write there', async () => {
    await using data = await folder()
    const archive = join(data.path, 'archive')
    await using server = holdpoint(['serve', '--port', '0', '--json', '--data', join(data.path, 'a')], {
      HOLDPOINT_ARCHIVE: archive,
    })
    await ready(server)
    expect((await stat(archive)).isDirectory()).toBe(true)
    await writeFile(join(data.path, 'file'), '')
    await using refused = holdpoint(['serve', '--port', '0', '--data', join(data.path, 'b')], {
      HOLDPOINT_ARCHIVE: join(data.path, 'file'),
    })
    expect([await refused.gone, refused.stderr()]).toEqual([
      2,
      expect.stringMatching(
        /^✗ HOLDPOINT_ARCHIVE: The folder \S+ can not be used: something that is not a folder/,
      ),
    ])
  })

  it('[ST9] says at its start that history was lost, and what that means', async () => {
    await using data = await folder()
    const serve = () => holdpoint(['serve', '--port', '0', '--json', '--data', data.path])
    const first = serve()
    await ready(first)
    first.child.kill('SIGTERM')
    await first.gone
    await rm(join(data.path, 'heads.json'))
    await using second = serve()
    await ready(second)
    expect(second.stderr()).toMatch(
      /holds less, or other, history .* epoch \d+\. Every agent has to start anew/,
    )
  })

  it('names the port that is in use', async () => {
    await using data = await folder()
    await using plane = await controlPlane()
    const port = new URL(plane.url).port
    await using server = holdpoint(['serve', '--port', port, '--data', data.path])
    expect([await server.gone, server.stderr()]).toEqual([
      3,
      expect.stringContaining(`Port ${port} is in use`),
    ])
  })

  it('refuses a setting that cannot be', async () => {
    await using server = holdpoint(['serve', '--port', 'http'])
    expect([await server.gone, server.stderr()]).toEqual([2, expect.stringContaining('--port must be')])
  })

  it.each([
    ['/etc/passwd', 'something that is not a folder is in its place'],
    ['/proc/nope', 'no folder can be made there'],
  ])('refuses to keep its data in %s, and says why', async (path, why) => {
    await using server = holdpoint(['serve', '--port', '0', '--data', path])
    expect([await server.gone, server.stderr()]).toEqual([
      2,
      expect.stringContaining(`The folder ${path} can not be used: ${why}`),
    ])
  })
})

/** util-linux's `script` gives a program a terminal. */
const SCRIPT = 'script'
/** Twice as long as the console wants a screen to have stood still. */
const LOOKED_AT_MS = 600

describe('holdpoint watch on a real terminal of 80 by 24', () => {
  beforeAll(() => needProgram(SCRIPT, 'bsdutils'), 120_000)

  it('shows what waits, denies with a typed reason, and leaves the screen as it was', async () => {
    await using plane = await controlPlane()
    await using agent = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'bot' }) })
    await agent.start()
    const { decision } = await agent.request('delete_data', { path: 'a\u202Eb.log' }, { summary: 'stale' })
    await using watch = start(
      SCRIPT,
      ['-qefc', `stty cols 80 rows 24; exec ${process.execPath} ${CLI} watch`, '/dev/null'],
      {
        TERM: 'xterm',
        // what a build machine sets; a terminal is a terminal all the same
        CI: 'true',
        HOLDPOINT_URL: plane.url,
        HOLDPOINT_TOKEN: await plane.token({ subject: 'ana', role: 'admin' }),
      },
    )
    const shows = (text: string) => until(`it shows ${text}`, () => watch.stdout().includes(text))
    await shows('{"path":"a⟨U+202E⟩b.log"}')
    await shows('it says “stale”')
    await shows('● live')
    // A key that comes as the screen changes decides nothing: a person looks first.
    await new Promise((done) => setTimeout(done, LOOKED_AT_MS))
    watch.child.stdin?.write('d')
    await shows('Deny delete_data, because:')
    watch.child.stdin?.write('not today')
    await shows('not today▏')
    watch.child.stdin?.write('\r')
    await shows('denied by ana: “not today”')
    expect(await decision).toMatchObject({ status: 'denied', reason: 'not today' })
    watch.child.stdin?.write('q')
    expect(await watch.gone).toBe(0)
    expect(watch.stdout().startsWith('\u001b[?1049h')).toBe(true)
    expect(watch.stdout()).toContain('\u001b[?1049l')
    expect(watch.stdout()).not.toContain('\u202E')
  })

  it('says that it is not connected while it is not, and is live again by itself', async () => {
    await using server = await scriptedServer()
    server.answer('agents.list', () => ({ agents: [], counts: {} }))
    server.answer('agents.watch', () => ({ agents: [] }))
    await using watch = start(
      SCRIPT,
      ['-qefc', `stty cols 80 rows 24; exec ${process.execPath} ${CLI} watch`, '/dev/null'],
      { TERM: 'xterm', HOLDPOINT_URL: server.url, HOLDPOINT_TOKEN: 'any' },
    )
    await until('it is live', () => watch.stdout().includes('● live'))
    server.refuseHandshake(refusal('unavailable'))
    server.cut()
    await until('it says so', () => watch.stdout().includes('○ reconnecting since'))
    const lost = watch.stdout().length
    server.refuseHandshake(undefined)
    await until('it is live again', () => watch.stdout().slice(lost).includes('● live'), {
      withinMs: 20_000,
    })
    watch.child.stdin?.write('q')
    expect(await watch.gone).toBe(0)
  })
})

describe('holdpoint on a real terminal', () => {
  beforeAll(() => needProgram(SCRIPT, 'bsdutils'), 120_000)

  it('[AP9] shows the whole action before it is released, and releases nothing without a yes', async () => {
    await using plane = await controlPlane()
    await using agent = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'bot' }) })
    await agent.start()
    const { id, decision } = await agent.request('delete_data', { path: 'a.log' })
    const env = {
      HOLDPOINT_URL: plane.url,
      HOLDPOINT_TOKEN: await plane.token({ subject: 'ana', role: 'admin' }),
    }
    const approve = () =>
      start(SCRIPT, ['-qefc', `exec ${process.execPath} ${CLI} approve ${id.slice(-8)}`, '/dev/null'], env)
    const answer = async (running: Running, words: string) => {
      await until('it asks', () => running.stdout().includes('Release exactly this?'))
      expect(running.stdout()).toContain('"path": "a.log"')
      running.child.stdin?.write(`${words}\r`)
      return running.gone
    }
    await using first = approve()
    expect(await answer(first, 'no')).toBe(3)
    expect(first.stdout()).toContain('Not released; it still waits.')
    await using second = approve()
    expect(await answer(second, 'yes')).toBe(0)
    expect(await decision).toMatchObject({ status: 'released' })
  })

  it('[SF1] asks again for a code that was mistyped, as what it handed out is shown once', async () => {
    await using plane = await controlPlane()
    const root = await plane.operatorSocket({})
    await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
    await using enroll = start(
      SCRIPT,
      ['-qefc', `exec ${process.execPath} ${CLI} factor enroll`, '/dev/null'],
      {
        HOLDPOINT_URL: plane.url,
        HOLDPOINT_TOKEN: await plane.token({ subject: 'ana', role: 'approver' }),
      },
    )
    const asked = () => enroll.stdout().split('to confirm it: ').length - 1
    await until('it asks', () => asked() === 1)
    enroll.child.stdin?.write('12345\r')
    await until('it asks again', () => asked() === 2)
    expect(enroll.stdout()).toContain('✗ A code has six digits.')
    const [, otpauth = ''] = /(otpauth:\S+)/.exec(enroll.stdout()) ?? []
    enroll.child.stdin?.write(`${authenticator(otpauth).code(Date.now())}\r`)
    expect([await enroll.gone, enroll.stdout()]).toEqual([
      0,
      expect.stringContaining('✓ your second factor counts from now on'),
    ])
  })

  it('[AG7] stops all only once that was typed out, and shows how far it got with each', async () => {
    await using plane = await controlPlane()
    await using agent = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'bot' }) })
    await agent.start()
    await using stop = start(
      SCRIPT,
      ['-qefc', `exec ${process.execPath} ${CLI} stop --all --reason fire`, '/dev/null'],
      { HOLDPOINT_URL: plane.url, HOLDPOINT_TOKEN: await plane.token({ subject: 'ana', role: 'admin' }) },
    )
    await until('it asks', () => stop.stdout().includes('Type "stop all"'))
    expect(agent.signal.aborted).toBe(false)
    stop.child.stdin?.write('stop all\r')
    expect(await stop.gone).toBe(0)
    expect(stop.stdout()).toContain('bot: acknowledged by the agent')
    expect(agent.signal.aborted).toBe(true)
  })
})

describe('npm run demo', () => {
  it.each([
    ['--help', 0],
    ['--nods', 2],
  ])('says how to use it: %s', async (option, code) => {
    await using demo = start(process.execPath, [compiled('examples/dist/demo.js'), option])
    expect(await demo.gone).toBe(code)
    expect(demo.stdout() + demo.stderr()).toContain('npm run demo -- [--folder <path>] [--nodes <n>]')
    expect(demo.stderr()).not.toContain('    at ')
  })

  it('reaches a held action, tells what to type, and leaves nothing behind', async () => {
    await using demo = start(process.execPath, [compiled('examples/dist/demo.js')])
    await until('it says what to type', () => demo.stdout().includes('Ctrl-C ends all of it.'), {
      withinMs: 60_000,
    })
    expect(demo.stdout()).toMatch(/✓ The first action is held, \d+\.\d s after the demonstration began/)
    const [, url = '', data = ''] = /HOLDPOINT_URL=(\S+) HOLDPOINT_DATA=(\S+)/.exec(demo.stdout()) ?? []
    const hp = commandLine({ url, env: { HOLDPOINT_DATA: data } })
    await until('both agents wait', async () => {
      const { agents } = (await hp('agents', '--json')).json<{ agents: { state: string }[] }>()
      return agents.filter(({ state }) => state === 'awaiting_input').length === 2
    })
    demo.child.kill('SIGINT')
    expect(await demo.gone).toBe(0)
    // the other agent may have raised its ticket by then
    expect(demo.stderr()).toMatch(/^(1 ticket waits: holdpoint tickets\n)?$/)
    expect(demo.stdout()).toContain('Nothing is left running.')
    expect(demo.stdout()).toContain('Once more: npm run demo')
    expect(existsSync(data)).toBe(false)
    expect((await hp('agents', '--token', 'any', '--timeout', '300ms')).code).toBe(5)
  })
})
