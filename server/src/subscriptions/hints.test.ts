import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import type { StoredEvent } from '../store/store.ts'
import { createHints } from './hints.ts'
import type { Bus } from './ports.ts'

const event = (seq: number): StoredEvent => ({
  partition: 'p0',
  seq,
  tenant: 'acme',
  at: 1,
  type: 'run.started',
  agent: 'a',
  by: 'a',
  data: {},
  hash: `hash ${seq}`,
})

/** What a node says, whom nobody hears as long as `isAlone`. */
function speaking(isAlone: boolean) {
  const clock = manualClock()
  const state = { isAlone }
  const said: { readonly seq: number; readonly events: readonly number[] }[] = []
  const bus: Bus = {
    send: (_, message) => {
      const { seq, events } = message as { readonly seq: number; readonly events: readonly StoredEvent[] }
      said.push({ seq, events: events.map((one) => one.seq) })
    },
    isAlone: () => state.isAlone,
    on: () => {},
    close: async () => {},
  }
  const later: (() => void)[] = []
  const endTurn = () => {
    for (const work of later.splice(0)) work()
  }
  const { committed } = createHints({
    bus,
    clock,
    storeEpoch: 1,
    soon: (work) => {
      later.push(work)
      return () => {}
    },
    reached: () => {},
    offered: () => {},
    believe: true,
  })
  return { clock, state, said, committed, endTurn }
}

it('[PR4] tells others at the end of the turn, with the events', () => {
  const { said, committed, endTurn } = speaking(false)
  committed([event(1), event(2)])
  committed([event(3)])
  expect(said).toEqual([])
  endTurn()
  expect(said).toEqual([{ seq: 3, events: [1, 2, 3] }])
})

it('[PR4] says nothing twice, and nothing where nothing was committed', () => {
  const { said, committed, endTurn } = speaking(false)
  committed([])
  endTurn()
  committed([event(1)])
  endTurn()
  endTurn()
  expect(said).toEqual([{ seq: 1, events: [1] }])
})

it('[PR4] tells whoever may have come since within 50 ms how far the log goes, where nobody heard the last hint', async () => {
  const { clock, said, committed, endTurn } = speaking(true)
  committed([event(1)])
  await clock.advance(30)
  committed([event(2)])
  endTurn()
  await clock.advance(19)
  expect(said).toEqual([])
  await clock.advance(1)
  expect(said).toEqual([{ seq: 2, events: [] }])
  committed([event(3)])
  await clock.advance(50)
  expect(said.at(-1)).toEqual({ seq: 3, events: [] })
})

it('[PR4] speaks at once again after a hint that somebody heard', async () => {
  const { clock, state, said, committed, endTurn } = speaking(true)
  committed([event(1)])
  await clock.advance(50)
  state.isAlone = false
  committed([event(2)])
  endTurn()
  expect(said).toEqual([
    { seq: 1, events: [] },
    { seq: 2, events: [2] },
  ])
})
