import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { issueToken, openKeys, systemClock } from '@holdpoint/server'
import type { Role } from '@holdpoint/shared'
import { compiled, testProgram } from './compiled.ts'
import { freePort } from './free-port.ts'
import { prepareKeys } from './prepared-keys.ts'
import { type Process, startProcess } from './process.ts'
import { until } from './until.ts'

/** The server program in a process of its own, on one folder and one port over any number of its lives. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly pid: number
  readonly isUp: boolean
  /** Starts it, and waits until it is ready. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM; returns the exit code. */
  stop(): Promise<number | NodeJS.Signals>
  /** To a program that was altered to listen. */
  send(message: unknown): void
  /** As `send`; resolves with its next message. */
  ask(message: unknown): Promise<unknown>
  /** Signed with the keys of its folder. `labels` and `owner` as in the token's claims. */
  token(role: Role, subject: string, labels?: Readonly<Record<string, string>>): Promise<string>
}

/** One constant of a compiled program put otherwise; it must be there exactly once. */
export interface Alteration {
  /** The end of the module's path: `server/dist/app.js`. */
  readonly module: string
  readonly from: string
  readonly to: string
}

export interface ServerOptions {
  /** Default: the real server. */
  readonly program?: string
  readonly alterations?: readonly Alteration[]
  readonly env?: Readonly<Record<string, string>>
  readonly core?: number | undefined
}

const TOKEN_TTL_MS = 12 * 60 * 60_000
const READY_WITHIN_MS = 60_000

export async function serverProcess(options: ServerOptions = {}): Promise<ServerProcess> {
  const { program = compiled('server/dist/main.js'), alterations = [], env = {}, core } = options
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-server-'))
  await prepareKeys(folder)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const altering = ['--import', pathToFileURL(testProgram('harness/alter')).href]
  let running: Process | undefined

  async function start(): Promise<void> {
    const started = startProcess(program, {
      nodeArguments: alterations.length > 0 ? altering : [],
      core,
      env: {
        HOLDPOINT_DATA: folder,
        HOLDPOINT_PORT: String(port),
        HOLDPOINT_HOST: '127.0.0.1',
        HOLDPOINT_LOG_LEVEL: 'warn',
        HOLDPOINT_TEST_ALTERATIONS: JSON.stringify(alterations),
        ...env,
      },
    })
    running = started
    await until(
      'the server is ready',
      async () => {
        if (started.isGone) throw new Error(`the server ended before it was ready:\n${started.errors()}`)
        return isReady(url)
      },
      { withinMs: READY_WITHIN_MS },
    )
  }

  async function kill(): Promise<void> {
    await running?.kill()
    running = undefined
  }

  return {
    url,
    port,
    folder,
    get pid() {
      return running?.pid ?? 0
    },
    get isUp() {
      return running !== undefined && !running.isGone
    },
    start,
    kill,
    async stop() {
      const ending = running
      running = undefined
      ending?.child.kill('SIGTERM')
      return (await ending?.gone) ?? 0
    },
    send: (message) => void running?.child.send(message as object, () => {}),
    async ask(message) {
      if (!running) throw new Error('the server does not run')
      const answer = once(running.child, 'message')
      running.child.send(message as object)
      return (await answer)[0]
    },
    async token(role, subject, labels) {
      const keys = await openKeys(folder)
      const token = await issueToken(keys, {
        tenant: 'default',
        subject,
        role,
        labels,
        ttlMs: TOKEN_TTL_MS,
        clock: systemClock,
      })
      if (!token.ok) throw new Error(token.error.message)
      return token.value
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}
