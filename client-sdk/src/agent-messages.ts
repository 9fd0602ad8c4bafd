import {
  type AgentState,
  agentStates,
  compareEpochs,
  EPOCH_PATTERN,
  type Epoch,
  type Push,
  type Refusal,
  refusal,
  stopSentence,
} from '@holdpoint/shared'
import { isObject, type Received, retryAfterMs } from './connection/reading.ts'
import { AgentStoppedError, RunHeldError, RunSupersededError } from './errors.ts'

export const isState = (value: unknown): value is AgentState =>
  (agentStates as readonly unknown[]).includes(value)

export const listOf = (value: unknown): readonly Received[] =>
  Array.isArray(value) ? value.filter(isObject) : []

/** A push with those of its items that are some; undefined for what is none. */
export function readPush(value: unknown): Push | undefined {
  if (!isObject(value) || typeof value.seq !== 'number' || !isState(value.state)) return undefined
  const items = listOf(value.items).filter((item) => typeof item.type === 'string' && isObject(item.data))
  return { ...value, items } as unknown as Push
}

/** Whether my epoch came after one that lost. What can't be compared is not newer: better halt than act beside another. */
export const isNewer = (mine: string, lost: unknown): boolean =>
  typeof lost === 'string' && EPOCH_PATTERN.test(lost) && compareEpochs(mine as Epoch, lost as Epoch) > 0

/** AG6: the `conflict` that tells of an unfinished run. */
export function heldError(error: Refusal): RunHeldError | undefined {
  if (error.code !== 'conflict') return undefined
  const { run } = error.details ?? {}
  const id = isObject(run) ? run.id : run
  const waitMs = retryAfterMs(error)
  if (run === undefined && waitMs === undefined) return undefined
  const message =
    waitMs === undefined
      ? 'This agent has an unfinished run, of this or another process: pass takeover: true to go on with it here.'
      : error.message
  return new RunHeldError({ ...error, message }, typeof id === 'string' ? id : undefined, waitMs)
}

/** The answers that mean: this process will never act again. */
export function endingError(error: Refusal): AgentStoppedError | undefined {
  if (error.code === 'stale_epoch') return new RunSupersededError(error)
  if (error.code === 'agent_stopped' || error.code === 'agent_locked')
    return new AgentStoppedError('stopped', error)
  return undefined
}

const stopped = (message: string) => refusal('agent_stopped', message)

function stoppedBy(by: string, given: unknown): Refusal {
  const reason = typeof given === 'string' ? given : undefined
  return refusal('agent_stopped', stopSentence({ by, reason }), { stopped: { by, reason } })
}

export const endings = {
  /** `words`: who and why, where the server said. */
  stopped: (words?: unknown) =>
    isObject(words) && typeof words.by === 'string'
      ? new AgentStoppedError('stopped', stoppedBy(words.by, words.reason))
      : new AgentStoppedError('stopped', stopped('An operator stopped this agent.')),
  superseded: () => new RunSupersededError(refusal('stale_epoch')),
  closed: () => new AgentStoppedError('closed', stopped('This client was closed; its run is unfinished.')),
  completed: () => new AgentStoppedError('completed', stopped('This run is complete.')),
  unanswered: () => new AgentStoppedError('lost', stopped('The run is over; its completion has no answer.')),
}
