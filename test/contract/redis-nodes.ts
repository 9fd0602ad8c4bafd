import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Change,
  type CommitResult,
  OutcomeUnknown,
  openRedisStore,
  type RedisOptions,
  type RedisStore,
  StoreUnavailable,
  systemClock,
} from '@holdpoint/server'
import { newId } from '@holdpoint/shared'
import { agentRef, startedBy } from './store-harness.ts'

/** Several nodes over one store, each with a connection of its own; they end with the test. */
export interface Nodes extends AsyncDisposable {
  readonly prefix: string
  open(more?: Partial<RedisOptions>): Promise<RedisStore>
}

export function nodesOn(url: string, prefix = `test-${newId()}:`): Nodes {
  const opened: RedisStore[] = []
  return {
    prefix,
    async open(more = {}) {
      const store = await openRedisStore({ url, prefix, clock: systemClock, ...more })
      opened.push(store)
      return store
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((store) => store.close()))
    },
  }
}

/** How a writer's commits ended. */
export interface Tally {
  readonly acknowledged: string[]
  unknown: number
  unavailable: number
  slowestMs: number
}

/**
 * Counts one document up, `times` times, each under a command of its own, and asks again with the same command for as long as
 * the answer is not definite, as whoever gets `unknown` or `unavailable` should.
 */
export async function countUp(
  store: () => RedisStore,
  agent: string,
  times: number,
  tally: Tally,
): Promise<void> {
  const ref = agentRef(agent)
  for (let step = 1; step <= times; step++) {
    const command = { principal: agent, key: `step-${step}` }
    for (;;) {
      const startedAt = performance.now()
      try {
        const { version, earlier } = await store().load(ref, command)
        if (earlier) break
        const result = await store().commit(stepTo(ref, command, version, step, store().now()))
        if (result.status === 'committed' || result.status === 'repeated') break
      } catch (error) {
        if (error instanceof OutcomeUnknown) tally.unknown += 1
        else if (error instanceof StoreUnavailable) tally.unavailable += 1
        else throw error
        await sleep(5)
      } finally {
        tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt)
      }
    }
    tally.acknowledged.push(`${agent} ${step}`)
  }
}

export const newTally = (): Tally => ({ acknowledged: [], unknown: 0, unavailable: 0, slowestMs: 0 })

const stepTo = (
  ref: Change['ref'],
  command: { principal: string; key: string },
  version: number,
  step: number,
  at: number,
): Change => ({
  ref,
  expectedVersion: version,
  at,
  doc: { step },
  events: [{ ...startedBy(ref.id), data: { step } }],
  remember: { command, fingerprint: '', answer: step, retain: { holder: ref.id } },
})

export const statusOf = (result: PromiseSettledResult<CommitResult>): string =>
  result.status === 'fulfilled' ? result.value.status : result.reason.name
