import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { needProgram, runs } from './need-program.ts'

type Signal = 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'

/** What runs a Redis for tests: the machine's own `redis-server`, or one in a container. */
export interface RedisProgram {
  /** Starts it in the foreground, in the machine's own network; its files lie in `folder`. */
  start(name: string, folder: string, args: readonly string[]): ChildProcess
  signal(child: ChildProcess, name: string, signal: Signal): void
}

/** Redis 7.2 on Debian: the oldest that has everything which the tests ask for where it can. */
const IMAGE = 'docker.io/library/redis:7.2-bookworm'
const ENGINES = ['docker', 'podman']

/** Another server that speaks as Redis does, or another version of it. */
const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server'

/**
 * Sees to a Redis: what REDIS_SERVER names or `redis-server` on the path, else Debian's package where it may be installed, else a container where an
 * engine answers, else a sentence that says what to do. Throws where there is none: never skipped in silence.
 */
export function needRedis(): RedisProgram {
  try {
    needProgram(PROGRAM, 'redis-server')
    return onThisMachine
  } catch (error) {
    const engine = ENGINES.find(answers)
    if (engine) return inContainer(engine)
    throw new Error(
      `${(error as Error).message} Or name a Redis that tests may use in REDIS_URL, or start Docker or Podman.`,
    )
  }
}

const onThisMachine: RedisProgram = {
  start: (_, __, args) => spawn(PROGRAM, args, { stdio: 'ignore' }),
  signal: (child, _, signal) => void child.kill(signal),
}

/** As the caller's user, so that the files can be read and removed. */
export function inContainer(engine: string): RedisProgram {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
  return {
    start: (name, folder, args) =>
      spawn(
        engine,
        [
          ...['run', '--rm', '--name', name, '--network', 'host', '--user', user],
          ...['--volume', `${folder}:${folder}`, IMAGE, 'redis-server', ...args],
        ],
        { stdio: 'ignore' },
      ),
    // a signal to the engine's client would not reach what it started
    signal(_, name, signal) {
      const how = { SIGKILL: ['kill', '--signal', 'KILL'], SIGSTOP: ['pause'], SIGCONT: ['unpause'] }[signal]
      spawnSync(engine, [...how, name], { stdio: 'ignore' })
    },
  }
}

const answers = (engine: string): boolean =>
  runs(engine) && spawnSync(engine, ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0
