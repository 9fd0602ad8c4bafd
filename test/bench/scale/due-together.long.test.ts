import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testProgram } from '../../harness/compiled.ts'
import { type ServerProcess, serverProcess } from '../../harness/server-process.ts'
import { until } from '../../harness/until.ts'
import type { ClockOrder, TurnsOrder } from '../bench-server.ts'
import { fillWithOpenApprovals, WAITS_MS } from './open-approvals.ts'
import { OVER_MS, type Turns } from './turns.ts'

/** `HOLDPOINT_SCALE_OPEN=10000` for a quick look. */
const OPEN = Number(process.env.HOLDPOINT_SCALE_OPEN ?? 100_000)
const READY_WITHIN_MS = 5_000
/** All of them, at a tenth of the pace that a quiet machine has. */
const EXPIRED_WITHIN_MS = 60_000 + OPEN * 6

let folder: string
let server: ServerProcess
let emptyServer: ServerProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-open-'))
  await fillWithOpenApprovals(folder, OPEN, Date.now() + WAITS_MS / 2)
  const program = testProgram('bench/bench-server')
  server = await serverProcess({ program, env: { HOLDPOINT_DATA: folder } })
  emptyServer = await serverProcess({ program })
}, 15 * 60_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await emptyServer?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true })
})

const tell = <T>(order: TurnsOrder | ClockOrder): Promise<T> => server.ask(order) as Promise<T>

async function openApprovals(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(text.match(/^holdpoint_open_items\{kind="approval"\} (\d+)$/m)?.[1])
}

async function startsInMs(one: ServerProcess): Promise<number> {
  const startedAt = performance.now()
  await one.start()
  return performance.now() - startedAt
}

it(`[PR5] ${OPEN} open approvals: ready at once, and all of them expire without holding up the event loop`, async () => {
  const emptyMs = await startsInMs(emptyServer)
  await emptyServer.kill()
  const readyMs = await startsInMs(server)
  expect(await openApprovals()).toBe(OPEN)

  await tell({ turns: 'watch' })
  await tell({ aheadMs: WAITS_MS })
  const dueAt = performance.now()
  await until('all have expired', async () => (await openApprovals()) === 0, {
    withinMs: EXPIRED_WITHIN_MS,
    everyMs: 500,
  })
  const tookMs = performance.now() - dueAt
  const { turns, longestCpuMs, longestMs, over } = await tell<Turns>({ turns: 'tell' })
  console.log(
    `${OPEN} open: ready in ${readyMs.toFixed(0)} ms, with nothing open in ${emptyMs.toFixed(0)} ms; ` +
      `all due together: expired in ${(tookMs / 1_000).toFixed(1)} s over ${turns} turns, ${over} of them above ` +
      `${OVER_MS} ms of the processor, the longest ${longestCpuMs.toFixed(0)} ms, ${longestMs.toFixed(0)} ms with all that it waited for`,
  )
  // what a start costs anyway is the machine's matter
  expect(readyMs - emptyMs).toBeLessThan(READY_WITHIN_MS)
  expect(longestCpuMs).toBeLessThan(OVER_MS)
})
