import type { Feed } from '@holdpoint/shared'
import { beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import type { Principal } from '../auth/principal.ts'
import type { StoredEvent } from '../store/store.ts'
import { type Consoles, createConsoles } from './consoles.ts'
import type { Line } from './line.ts'
import { createUndelivered } from './undelivered.ts'

interface Opened {
  readonly line: Line
  readonly state: { behind: boolean; readonly seqs: number[] }
}

let clock: ManualClock
let consoles: Consoles
let lines: Map<string, Opened>
beforeEach(() => {
  clock = manualClock()
  lines = new Map()
  consoles = createConsoles({
    storeEpoch: 1,
    clock,
    now: clock.now,
    undelivered: createUndelivered(),
    broadcast: (_, except, event, body) => {
      for (const [id, { line }] of lines) if (!except.includes(id)) line.emit(event, body)
    },
  })
})

/** A console that follows the tenant `a`, and what it was sent. */
function open(id: string): Opened {
  const state: Opened['state'] = { behind: false, seqs: [] }
  const line: Line = {
    id,
    principal: () => ({ tenant: 'a' }) as Principal,
    emit: (_, body) => void state.seqs.push(...(body as Feed).events.map(({ seq }) => seq)),
    isBehind: () => state.behind,
    refresh: () => Promise.reject(new Error('nobody refreshes here')),
    join: () => {},
    end: () => {},
  }
  lines.set(id, { line, state })
  consoles.join(line)
  return { line, state }
}
const event = (seq: number): StoredEvent => ({
  tenant: 'a',
  partition: 'p',
  seq,
  at: 0,
  hash: `${seq}`,
  type: 'agent.paused',
  data: {},
})
const feed = (...seqs: number[]) => consoles.feed('a', 'p', seqs.map(event))

it('[ID4] [PR4] who has much to read is spared the feed, and shown the gap once it has read on', async () => {
  const [slow, quick] = [open('slow'), open('quick')]
  feed(1)
  slow.state.behind = true
  feed(2)
  feed(3, 4)
  await clock.advance(5_000)
  expect(slow.state.seqs).toEqual([1])
  slow.state.behind = false
  await clock.advance(1_000)
  expect(slow.state.seqs).toEqual([1, 4])
  feed(5)
  await clock.advance(5_000)
  expect(slow.state.seqs).toEqual([1, 4, 5])
  expect(quick.state.seqs).toEqual([1, 2, 3, 4, 5])
})

it('[PR4] a console that asked meanwhile is shown no gap', async () => {
  const { line, state } = open('slow')
  state.behind = true
  feed(1)
  state.behind = false
  consoles.join(line)
  await clock.advance(5_000)
  expect(state.seqs).toEqual([])
})

it('[PR4] what a console has in an ack is no gap, read or not', async () => {
  const { line, state } = open('slow')
  state.behind = true
  consoles.answered(line, [event(1)])
  feed(1)
  state.behind = false
  await clock.advance(5_000)
  expect(state.seqs).toEqual([])
})
