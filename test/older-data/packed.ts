/** What an older version left behind, in one file. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { TestRedis } from '../harness/redis-server.ts'
import type { Filled } from './fill.ts'

/** One key of Redis, with the command that brings it back. */
type RedisCommand = readonly string[]

export interface OlderData extends Filled {
  /** When it died, ms. */
  readonly at: number
  /** The data folder: each file in hex, in which compression finds what comes again. */
  readonly files: Readonly<Record<string, string>>
  /** Where the store is Redis. Keys without their prefix. */
  readonly redis?: readonly RedisCommand[] | undefined
}

const PREFIX = 'holdpoint:'
const FOLDER = fileURLToPath(new URL('.', import.meta.url)).replace('/test/dist/', '/test/')
const ENDING = '.json.br'

export const olderData = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))

export const readOlderData = (name: string): OlderData =>
  JSON.parse(brotliDecompressSync(readFileSync(join(FOLDER, name + ENDING))).toString())

export function writeOlderData(name: string, data: OlderData): void {
  const text = Buffer.from(JSON.stringify(data))
  // pages come again and again in a write-ahead log, further apart than the usual window
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS }
  writeFileSync(join(FOLDER, name + ENDING), brotliCompressSync(text, { params }))
}

export function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.') && !name.endsWith('-shm'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('hex')]))
}

export function putFiles(folder: string, { files }: OlderData): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, Buffer.from(text, 'hex'), { mode: 0o600 })
  }
}

export async function commandsOf(redis: TestRedis): Promise<RedisCommand[]> {
  const commands: RedisCommand[] = []
  for (const key of (await redis.keys(PREFIX)).toSorted()) {
    const list = async (...command: string[]) => (await redis.send(...command)) as string[]
    const name = key.slice(PREFIX.length)
    const type = String(await redis.send('TYPE', key))
    if (type === 'string') commands.push(['SET', name, String(await redis.send('GET', key))])
    else if (type === 'hash') {
      const values = await list('HVALS', key)
      commands.push([
        'HSET',
        name,
        ...(await list('HKEYS', key)).flatMap((field, n) => [field, String(values[n])]),
      ])
    } else if (type === 'zset') {
      const members = await list('ZRANGE', key, '0', '-1')
      const scores = await list('ZMSCORE', key, ...members)
      commands.push(['ZADD', name, ...members.flatMap((member, n) => [String(scores[n]), member])])
    } else if (type === 'set') commands.push(['SADD', name, ...(await list('SMEMBERS', key))])
    else if (type === 'stream') {
      const entries = (await redis.send('XRANGE', key, '-', '+')) as [string, string[]][]
      for (const [id, fields] of entries) commands.push(['XADD', name, id, ...fields])
    } else throw new Error(`nobody knows how to keep the ${type} ${key}`)
  }
  return commands
}

export async function putInto(
  redis: TestRedis,
  prefix: string,
  { redis: commands = [] }: OlderData,
): Promise<void> {
  for (const [command = '', name = '', ...rest] of commands) await redis.send(command, prefix + name, ...rest)
}
