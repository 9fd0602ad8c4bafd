import { connect } from 'node:net'
import { join } from 'node:path'
import { SECOND } from '@holdpoint/shared'
import { startChild } from './child.ts'
import { keepUp, type Part } from './part.ts'

export interface RedisOptions {
  readonly folder: string
  readonly port: number
  /** Whoever is on this machine reaches loopback; only who may read our environment knows this. */
  readonly password: string
  readonly report: (sentence: string) => void
}

const ANSWERS_WITHIN_MS = SECOND

/** A `redis-server` that has every acknowledged write on disk before it answers. */
export const redisPart = ({ folder, port, password, report }: RedisOptions): Part =>
  keepUp({
    name: 'redis',
    log: join(folder, 'redis.log'),
    report,
    spawn: () =>
      startChild({
        program: 'redis-server',
        // Its settings come by its input, where no list of processes shows them.
        args: ['-'],
        input: settings(port, password),
        folder,
        log: join(folder, 'redis.log'),
      }),
    serves: () => answers(port, password),
  })

/** Redis resolves these against its folder. */
const settings = (port: number, password: string): string => `bind 127.0.0.1
port ${port}
requirepass ${password}
dir .
appendonly yes
appendfsync always
appenddirname redis
maxmemory-policy noeviction
save ""
`

/** It says LOADING to a ping until it has read its append-only file. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    const end = (well: boolean): void => {
      socket.destroy()
      resolve(well)
    }
    socket.setTimeout(ANSWERS_WITHIN_MS, () => end(false))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('data', (chunk) => {
      heard += chunk
      if (heard.includes('+PONG')) end(true)
      else if (heard.includes('\r\n-') || heard.startsWith('-')) end(false)
    })
    socket.write(`AUTH ${password}\r\nPING\r\n`)
  })
}
