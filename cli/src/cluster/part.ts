import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '@holdpoint/shared'
import type { Child } from './child.ts'

/** One process that is kept up: started anew whenever it ends unasked. */
export interface Part {
  readonly name: string
  readonly pid: number | undefined
  /** How often it was started anew since it first was, asked for or because it had ended. */
  readonly restarts: number
  /** Resolves once it serves. Throws where it ends before, or does not in time. */
  start(): Promise<void>
  /** Asked for: nothing starts it again but `start`. */
  stop(): Promise<void>
}

export interface PartOptions {
  readonly name: string
  readonly spawn: () => Promise<Child>
  /** Whether it serves by now. */
  readonly serves: () => Promise<boolean>
  /** Where its words are. */
  readonly log: string
  readonly report: (sentence: string) => void
}

const SERVES_WITHIN_MS = 60 * SECOND
const LOOK_EVERY_MS = 50
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5 * SECOND

export function keepUp({ name, spawn, serves, log, report }: PartOptions): Part {
  let child: Child | undefined
  let wanted = false
  let restarts = 0
  let wasStarted = false
  let again: Promise<void> | undefined

  async function startOnce(): Promise<void> {
    const started = await spawn()
    child = started
    // Before it serves the first time, whoever starts it hears of its end; from then on it is started anew.
    let ready = false
    void started.gone.then((how) => {
      if (!wanted || !ready || child !== started) return
      report(`${name} ended (${how}); starting it again.`)
      again = startAgain()
    })
    const giveUpAt = performance.now() + SERVES_WITHIN_MS
    while (!(await serves())) {
      if (!wanted) return started.end()
      if (started.isGone) throw new Error(`${name} did not start (${await started.gone}): see ${log}.`)
      if (performance.now() > giveUpAt) {
        await started.end()
        throw new Error(`${name} does not serve after ${SERVES_WITHIN_MS / SECOND} s: see ${log}.`)
      }
      await sleep(LOOK_EVERY_MS)
    }
    ready = true
    if (started.isGone) throw new Error(`${name} did not start (${await started.gone}): see ${log}.`)
  }

  async function startAgain(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; wanted; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      await sleep(waitMs)
      if (!wanted) return
      restarts += 1
      try {
        await startOnce()
        if (wanted) report(`${name} serves again.`)
        return
      } catch (error) {
        report((error as Error).message)
      }
    }
  }

  return {
    name,
    get pid() {
      return child && !child.isGone ? child.pid : undefined
    },
    get restarts() {
      return restarts
    },
    async start() {
      wanted = true
      if (wasStarted) restarts += 1
      wasStarted = true
      await startOnce()
    },
    async stop() {
      wanted = false
      await child?.end()
      await again
      // One that was just being started anew.
      await child?.end()
    },
  }
}
