import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { until } from '../harness/until.ts'
import { openEmbedded } from './embedded-harness.ts'
import { agentRef, committed, upTo } from './store-harness.ts'

/** The tables get what they lack when so many changes are owed to them. */
const OWED = 2_048
/** A loop that takes turn after turn is never idle. */
const WATCHED_MS = 300

it('while a copy waits for the disk, and the tables for the copy, the process sleeps', async () => {
  await using h = await openEmbedded()
  let n = 0
  const commit = (count: number, bytes: number) =>
    Promise.all(
      upTo(count).map(() =>
        committed(h.store, agentRef(`w${n++}`), {
          blobs: [{ digest: `sha256:${n}`, text: 'x'.repeat(bytes) }],
        }),
      ),
    )
  // many more pages than are copied before the disk is asked to keep them
  await commit(OWED, 8_000)
  await h.reopen()

  let release = (): void => {}
  let held = false
  const flushed = new Promise<void>((resolve) => {
    release = resolve
  })
  h.faults.beforeFlushApart = async (file) => {
    if (file !== 'copy.db') return
    held = true
    await flushed
  }
  let steps = 0
  let left = 0
  const told = (done: number, total: number): void => {
    steps += 1
    left = total - done
  }
  const copying = h.store.backup(`${h.folder}/../copy.db`, { told })
  await until('the disk is asked to keep what was copied', () => held)
  // the tables are written once, which the copy must make good before they are written again
  await commit(2 * OWED, 10)
  await sleep(WATCHED_MS)
  const before = { steps, loop: performance.eventLoopUtilization() }
  await sleep(WATCHED_MS)
  expect(performance.eventLoopUtilization(before.loop).utilization).toBeLessThan(0.5)
  expect(steps).toBe(before.steps)
  expect(left).toBeGreaterThan(1_000)
  // nobody has to wait for it
  await commit(10, 10)
  release()
  await copying
  expect(h.fatal).toEqual([])
}, 60_000)
