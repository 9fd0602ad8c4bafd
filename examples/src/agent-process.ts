import { type AgentClient, AgentStoppedError, HoldpointError, RunHeldError } from '@holdpoint/client'

/** What an example's process ends with. */
export const ENDED = { done: 0, failed: 1, stopped: 3, notStarted: 4 } as const

/** Tells what the agent does, one line a step. */
export type Say = (line: string) => void

/**
 * Starts the run, does the work, completes the run, and puts every ending into a sentence.
 * Returns the exit code: 0 done, 1 failed, 3 stopped by somebody, 4 not started.
 */
export async function runAgent(agent: AgentClient, say: Say, work: () => Promise<string>): Promise<number> {
  let started = false
  try {
    const { id } = await agent.start()
    started = true
    say(`started run ${id}`)
    const result = await work()
    await agent.complete({ result })
    say(result)
    return ENDED.done
  } catch (error) {
    say(ending(error))
    if (error instanceof AgentStoppedError) return ENDED.stopped
    return started ? ENDED.failed : ENDED.notStarted
  } finally {
    await agent.close()
  }
}

function ending(error: unknown): string {
  if (error instanceof RunHeldError)
    return `Run ${error.run} is unfinished: where its process is still at work, end that; then start this one with --takeover.`
  if (error instanceof AgentStoppedError) return `Stopped (${error.ended}): ${error.message}`
  if (error instanceof HoldpointError) return `The control plane refused: ${error.message} [${error.code}]`
  return error instanceof Error ? `Failed: ${error.message}` : String(error)
}

/** A pause that ends early when the signal aborts, by throwing its reason. */
export function pace(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}

/** A setting that must be there. Ends the process with a sentence where it is not. */
export function setting(name: string): string {
  const value = process.env[name]?.trim()
  if (value) return value
  console.error(`${name} is not set: see the head of this file for how to start it.`)
  process.exit(ENDED.notStarted)
}
