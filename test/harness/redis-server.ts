import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { endWithThisProcess } from './end-with-this-process.ts'
import { freePort } from './free-port.ts'
import { processUsage } from './process-usage.ts'
import { needRedis, type RedisProgram } from './redis-program.ts'
import { until } from './until.ts'

/** A Redis that tests may use, each under prefixes of its own. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** Sends a command beside whatever is tested. */
  send(...args: readonly string[]): Promise<unknown>
  /** The keys that begin with `prefix`. */
  keys(prefix: string): Promise<string[]>
  /** Deletes them. */
  clear(prefix: string): Promise<void>
}

/** A Redis process of our own, which may be killed; its data lies in a folder that goes away with it. */
export interface RedisProcess extends TestRedis {
  readonly port: number
  /** Where its append-only files lie. */
  readonly data: string
  readonly pid: number
  /** CPU time so far, ms. */
  cpuMs(): number
  /** SIGKILL, or SIGSTOP and SIGCONT to hold it. Resolves once a killed one is gone. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Starts it again on the same port, with what it left on disk. */
  restart(): Promise<void>
}

/** What REDIS_URL names, or one of our own that puts every acknowledged write on disk. */
export async function testRedis(): Promise<TestRedis> {
  const url = process.env.REDIS_URL
  if (!url) return startRedis()
  const client = await commandLine(url)
  return { url, ...client, [Symbol.asyncDispose]: client.end }
}

/** Starts a Redis with an append-only file on a free port of loopback. */
export async function startRedis(...settings: readonly string[]): Promise<RedisProcess> {
  return startRedisOf(needRedis(), ...settings)
}

export async function startRedisOf(
  program: RedisProgram,
  ...settings: readonly string[]
): Promise<RedisProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-redis-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const name = `holdpoint-test-redis-${port}`
  let server: ChildProcess
  let client: Awaited<ReturnType<typeof commandLine>> | undefined

  async function start(): Promise<void> {
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--appenddirname', 'data']
    const child = program.start(name, folder, [...fixed, ...durable, ...settings])
    endWithThisProcess(child)
    server = child
    client = await until('redis-server answers', () => commandLine(url).catch(() => undefined))
  }
  async function kill(): Promise<void> {
    client?.end()
    client = undefined
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    program.signal(server, name, 'SIGKILL')
    await gone
  }
  await start()
  const running = () => {
    if (!client) throw new Error('redis-server is not running')
    return client
  }

  return {
    url,
    port,
    data,
    get pid() {
      return server.pid as number
    },
    cpuMs: () => processUsage(server.pid as number).cpuMs(),
    send: (...args) => running().send(...args),
    keys: (prefix) => running().keys(prefix),
    clear: (prefix) => running().clear(prefix),
    async signal(signal) {
      if (signal === 'SIGKILL') await kill()
      else program.signal(server, name, signal)
    },
    restart: start,
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function commandLine(url: string) {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } })
  // It ends with its server.
  client.on('error', () => {})
  await client.connect()
  await client.ping()
  const send = (...args: readonly string[]): Promise<unknown> => client.sendCommand([...args])
  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = []
    for (let cursor = '0'; ; ) {
      const reply = await send('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000')
      const [next, page] = reply as [string, string[]]
      found.push(...page)
      cursor = next
      if (cursor === '0') return found
    }
  }
  return {
    send,
    keys,
    async clear(prefix: string): Promise<void> {
      for (const key of await keys(prefix)) await send('UNLINK', key)
    },
    async end(): Promise<void> {
      client.destroy()
    },
  }
}
