import { existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ActionFailure, AgentClient, AgentStoppedError, HoldpointError } from '@holdpoint/client'
import { newId } from '@holdpoint/shared'
import type { Random } from '../harness/random.ts'
import type { AgentOrders, FromAgent } from './agent-messages.ts'
import type { Act } from './history.ts'

export interface LivesOptions
  extends Pick<AgentOrders, 'url' | 'folder' | 'leaseMs' | 'workers' | 'runLength' | 'draining'> {
  readonly agent: string
  readonly token: string
  readonly chance: Random
  readonly note: (act: Act) => void
  readonly tell: (message: FromAgent) => void
}

/**
 * One agent, in life after life: each is a client and a run of its own, until it is closed. What it asks for it writes into a
 * journal first, and asks for again under the same key in its next life, be it in another process.
 */
export interface Lives {
  /** Begins nothing new from now on. */
  drain(): void
  /** Gives the lease back and begins no further life. */
  close(): void
  /** Resolves once it is closed. Errors: what no agent may see. */
  readonly over: Promise<void>
}

interface Asked {
  readonly key: string
  readonly action: string
  readonly args: object
}

const REST_MS = 100

/** Lines are written with O_APPEND in one call each: a kill leaves them whole. */
export const writeLine = (file: number, line: object): void =>
  void writeSync(file, `${JSON.stringify(line)}\n`)

export function liveOn(options: LivesOptions): Lives {
  const { agent, url, token, folder, chance, leaseMs, workers, runLength, note, tell } = options
  const journalPath = join(folder, `${agent}.journal`)
  const earlier = existsSync(journalPath) ? readFileSync(journalPath, 'utf8') : ''
  const journal = openSync(journalPath, 'a')
  const unfinished = unfinishedIn(earlier)
  const closing = new AbortController()
  const closed = new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()))
  let draining = options.draining

  const begin = (entry: Asked): Asked => {
    unfinished.set(entry.key, entry)
    writeLine(journal, entry)
    return entry
  }
  const end = ({ key }: Asked): void => {
    unfinished.delete(key)
    writeLine(journal, { done: key })
  }
  const nextAction = (): Asked => {
    const key = newId()
    const action = chance.pick(['read_file', 'read_file', 'api_call', 'api_call', 'send_email'])
    return begin({ key, action, args: { mark: key, n: chance.between(1, 1_000) } })
  }

  async function live(client: AgentClient): Promise<void> {
    let asked = 0

    /** Without `blocking`, one agent has many things open at once. */
    const act = ({ key, action, args }: Asked) =>
      client.run(
        action,
        args,
        async (_args, { id, digest }) => {
          note({ kind: 'act', at: Date.now(), agent, epoch: client.held?.epoch ?? '', id, digest })
          if (chance.chance(0.1)) throw new ActionFailure('it did not work', { severity: 0.1 })
        },
        { key, blocking: false },
      )

    async function once(entry: Asked): Promise<void> {
      try {
        await act(entry)
      } catch (error) {
        if (error instanceof AgentStoppedError) throw error
        if (!(error instanceof ActionFailure || error instanceof HoldpointError)) throw error
      }
      end(entry)
    }

    async function worker(): Promise<void> {
      while (!draining && asked < runLength) {
        asked += 1
        await client.checkpoint()
        const dice = chance.next()
        if (dice < 0.12)
          await client.ask(newId(), { timeoutMs: chance.between(1_000, 3_000), blocking: chance.chance(0.2) })
        else if (dice < 0.16) await client.escalate('user_request', { mark: newId() })
        else await once(nextAction())
      }
    }

    async function answerInstructions(): Promise<void> {
      for await (const instruction of client.instructions())
        await (chance.chance(0.8) ? instruction.applied('done') : instruction.declined('no'))
    }

    await client.start()
    const instructions = answerInstructions()
    // It ends with the run as the workers do, of whom one may be the first to say so.
    instructions.catch(() => {})
    tell({ kind: 'started', agent })
    for (const entry of [...unfinished.values()]) await once(entry)
    await Promise.all(Array.from({ length: workers }, worker))
    if (draining) {
      tell({ kind: 'drained', agent })
      await Promise.race([closed, instructions])
      await client.close()
    } else await client.complete()
    await instructions
  }

  async function liveAgain(): Promise<void> {
    while (!closing.signal.aborted) {
      const client = new AgentClient({ url, token, leaseMs, takeover: true, signal: closing.signal })
      try {
        await live(client)
      } catch (error) {
        // Stopped by a person, locked, superseded, or closed: another life may follow.
        if (!(error instanceof HoldpointError)) throw error
      }
      await client.close()
      await sleep(REST_MS)
    }
  }

  return {
    drain() {
      draining = true
    },
    close: () => closing.abort(),
    over: liveAgain(),
  }
}

/** What earlier lives asked for and did not live to see the end of, by key. */
function unfinishedIn(journal: string): Map<string, Asked> {
  const left = new Map<string, Asked>()
  for (const line of journal.split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as Asked | { readonly done: string }
    if ('done' in entry) left.delete(entry.done)
    else left.set(entry.key, entry)
  }
  return left
}
