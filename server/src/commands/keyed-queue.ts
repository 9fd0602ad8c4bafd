/**
 * One at a time per key, many keys at once: commands on one agent don't fight over its version, and those on
 * different agents reach the store together, so that it can commit them as a group. What is urgent overtakes what waits:
 * a person's stop must not stand behind all that an agent has asked for (AG4).
 */
export interface KeyedQueue {
  run<T>(key: string, work: () => Promise<T>, lane?: Lane): Promise<T>
  /** Resolves when nothing is waiting or at work. */
  idle(): Promise<void>
}

/** Of one lane in the order of asking; all that is urgent before anything else, but never two at once. */
export type Lane = 'urgent' | 'usual'

type Job = () => Promise<unknown>

interface Line {
  readonly urgent: Job[]
  readonly usual: Job[]
}

export function createKeyedQueue(): KeyedQueue {
  const lines = new Map<string, Line>()
  let whenIdle: (() => void)[] = []

  const advance = (key: string, line: Line): void => {
    const next = line.urgent.shift() ?? line.usual.shift()
    if (next) {
      next().then(
        () => advance(key, line),
        () => advance(key, line),
      )
      return
    }
    lines.delete(key)
    if (lines.size > 0) return
    for (const tell of whenIdle) tell()
    whenIdle = []
  }

  return {
    run(key, work, lane = 'usual') {
      const line = lines.get(key)
      return new Promise((resolve, reject) => {
        const job: Job = () => {
          const done = work()
          done.then(resolve, reject)
          return done
        }
        if (line) line[lane].push(job)
        else {
          const mine: Line = { urgent: [], usual: [job] }
          lines.set(key, mine)
          advance(key, mine)
        }
      })
    },
    idle: () => (lines.size === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.push(resolve))),
  }
}
