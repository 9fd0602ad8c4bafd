import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId, type Push } from '@holdpoint/shared'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testProgram } from '../../harness/compiled.ts'
import { startProcess } from '../../harness/process.ts'
import { until } from '../../harness/until.ts'
import type { TurnsOrder } from '../bench-server.ts'
import { type HoldpointServer, startHoldpoint } from '../servers.ts'
import { ask, open, openAll } from '../sockets.ts'
import { tokenMaker } from '../tokens.ts'
import { fillWithHistory, type LongHistory } from './long-history.ts'
import type { Turns } from './turns.ts'

const EVENTS = 100_000
const AGENTS = 40
/** By how much a stop may be late because somebody replays the feed. */
const LATE_MS = 100
const EVERY_MS = 25

let folder: string
let history: LongHistory
let holdpoint: HoldpointServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-replay-'))
  history = await fillWithHistory(folder, { events: EVENTS })
  holdpoint = await startHoldpoint(false, { HOLDPOINT_DATA: folder })
}, 5 * 60_000)
afterAll(async () => {
  await holdpoint?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true })
})

const worst = (values: readonly number[]): number => Math.max(...values)
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

it(`[AG4] a console that replays ${EVENTS} events does not hold up a stop`, async () => {
  expect(history.events).toBeGreaterThanOrEqual(EVENTS)
  const { url, ask: tell } = holdpoint.server
  const tokenFor = await tokenMaker(folder)
  const names = Array.from({ length: 2 * AGENTS }, (_, n) => `worker-${n}`)
  const agents = await openAll(names.length, async (n) => {
    const socket = await open(url, '/agent', await tokenFor('agent', names[n] ?? ''))
    await ask(socket, 'run.start', { key: newId(), instance: newId() })
    return socket
  })
  const ana = await open(url, '/operator', await tokenFor('admin', 'ana'))

  /** From sending the order until the agent has it, ms. */
  const stop = async (n: number): Promise<number> => {
    const stopped = new Promise<void>((resolve) =>
      agents[n]?.on('push', ({ state }: Push) => {
        if (state === 'stopped') resolve()
      }),
    )
    const sentAt = performance.now()
    await ask(ana, 'agent.stop', { key: newId(), target: { agent: names[n] }, reason: 'it is enough' })
    await stopped
    return performance.now() - sentAt
  }
  const stopAll = async (first: number): Promise<readonly number[]> => {
    const tookMs: number[] = []
    for (let n = first; n < first + AGENTS; n++) {
      tookMs.push(await stop(n))
      await sleep(EVERY_MS)
    }
    return tookMs
  }

  const quiet = await stopAll(0)
  await using reader = startProcess(testProgram('bench/scale/replaying-console'), {
    env: {
      HOLDPOINT_URL: url,
      HOLDPOINT_TOKEN: await tokenFor('viewer', 'bo'),
      HOLDPOINT_CURSOR: history.cursor,
    },
  })
  const seenByNow = async (): Promise<number> => {
    reader.child.send('how many?')
    return (await once(reader.child, 'message'))[0]
  }
  await until('the replay goes on', async () => (await seenByNow()) > 0)
  await tell({ turns: 'watch' } satisfies TurnsOrder)
  const before = await seenByNow()
  const busy = await stopAll(AGENTS)
  const seen = (await seenByNow()) - before
  const turns = (await tell({ turns: 'tell' } satisfies TurnsOrder)) as Turns
  for (const socket of [...agents, ana]) socket.disconnect()
  console.log(
    `a stop reaches its agent within ${median(quiet).toFixed(0)} ms (${worst(quiet).toFixed(0)} at most); while ${seen} events ` +
      `are replayed, ${median(busy).toFixed(0)} (${worst(busy).toFixed(0)}); the longest turn takes ` +
      `${turns.longestCpuMs.toFixed(0)} ms of the processor`,
  )
  expect(seen).toBeGreaterThan(0)
  expect(median(busy) - median(quiet)).toBeLessThan(LATE_MS)
  // nothing but a turn of the event loop stands between a stop and its being taken up
  expect(turns.longestCpuMs).toBeLessThan(LATE_MS)
})
