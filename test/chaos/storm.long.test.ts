import { expect, it } from 'vitest'
import { runStorm } from './storm.ts'

const AGENTS = 3_000
const BACK_WITHIN_MS = 15_000
const STOP_WITHIN_MS = 1_000

it(`[AG5] [PR2] ${AGENTS} agents dropped at once are back and caught up within 15 s, and a stop still takes less than 1 s`, async () => {
  const storm = await runStorm({ agents: AGENTS, leaseMs: 15_000, stops: 10, withinMs: BACK_WITHIN_MS })
  const slowest = Math.max(...storm.stopsMs)
  console.log(
    `${storm.agents} agents caught up in ${storm.caughtUpMs} ms (median ${storm.medianMs} ms); stops took ${Math.round(slowest)} ms at most`,
  )
  expect(storm.notBack).toEqual([])
  expect(storm.caughtUpMs).toBeLessThan(BACK_WITHIN_MS)
  expect(slowest).toBeLessThan(STOP_WITHIN_MS)
})
