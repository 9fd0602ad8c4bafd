import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SECOND } from '@holdpoint/shared'
import { startChild } from './child.ts'
import { keepUp, type Part } from './part.ts'

export interface NodeOptions {
  readonly name: string
  readonly port: number
  /** Where it keeps its logs. */
  readonly folder: string
  /** Where the keys are that all nodes sign with, and what each remembers of Redis. */
  readonly dataFolder: string
  readonly redisUrl: string
  readonly env: Readonly<Record<string, string>>
  readonly report: (sentence: string) => void
}

export interface NodePart extends Part {
  readonly url: string
  readiness(): Promise<Readiness>
}

export interface Readiness {
  readonly ready: boolean
  /** Why it is not, in a word or two. */
  readonly state: 'ready' | 'draining' | 'not ready' | 'down'
}

const ANSWERS_WITHIN_MS = 2 * SECOND
const CLI = fileURLToPath(new URL('../main.js', import.meta.url))

/** `holdpoint serve` on the Redis of the cluster. */
export function nodePart(options: NodeOptions): NodePart {
  const { name, port, folder, dataFolder, redisUrl, env, report } = options
  const url = `http://127.0.0.1:${port}`
  const log = join(folder, `${name}.log`)
  const readiness = () => ask(`${url}/readyz`)
  const part = keepUp({
    name,
    log,
    report,
    spawn: () =>
      startChild({
        program: process.execPath,
        // Its own address is for the balancer alone: who starts the cluster says how to get in.
        args: [
          ...[CLI, 'serve', '--json', '--no-way-in', '--host', '127.0.0.1'],
          ...['--port', String(port), '--data', dataFolder],
        ],
        folder,
        log,
        env: {
          // the balancer; where another proxy stands before that, say 2
          HOLDPOINT_TRUSTED_PROXIES: '1',
          ...env,
          HOLDPOINT_NODE_NAME: name,
          HOLDPOINT_STORE: 'redis',
          HOLDPOINT_REDIS_URL: redisUrl,
          HOLDPOINT_REDIS_STRICT: 'always',
        },
      }),
    serves: async () => (await readiness()).ready,
  })
  return Object.assign(Object.create(part) as Part, { url, readiness })
}

async function ask(url: string): Promise<Readiness> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) })
    if (answer.ok) return { ready: true, state: 'ready' }
    const told = (await answer.json()) as { draining?: boolean }
    return { ready: false, state: told.draining ? 'draining' : 'not ready' }
  } catch {
    return { ready: false, state: 'down' }
  }
}
