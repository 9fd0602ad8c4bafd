import type { EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import type { Observation } from '../history.ts'
import { check, event, goodLog, goodObservations, one } from './good-history.ts'

const place = { observer: 'w', connection: 1, storeEpoch: 1, partition: 'p' }
const read = (at: number, events: readonly EventView[], over: object = {}): Observation => ({
  kind: 'feed.read',
  at,
  ...place,
  events,
  ...over,
})
const opened = (at: number, seq: number, over: object = {}): Observation => ({
  kind: 'feed.opened',
  at,
  ...place,
  seq,
  reset: true,
  ...over,
})

const watching = (...feed: Observation[]): readonly string[] =>
  check({ observations: [...goodObservations(), ...feed] })

it('[PR4] finds a gap in a feed, and in the log itself', () => {
  const log = goodLog()
  expect(watching(opened(1, 0), read(2, log.slice(0, 2)), read(3, log.slice(3)))).toEqual(
    one(/^Feed: w .* seq 4 .* after 2/),
  )
  expect(check({ events: log.filter(({ seq }) => seq !== 3) })).toEqual(
    one(/^Feed: the log goes from seq 2 to 4/),
  )
})

it('[PR4] finds events out of order, and lets a repetition be', () => {
  const [first, second, third] = goodLog() as [EventView, EventView, EventView]
  expect(watching(opened(1, 0), read(2, [second, first, third]))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Feed: w .* seq 1 .* after 2/)]),
  )
  expect(watching(opened(1, 0), read(2, [first, second]), read(3, [second, third]))).toEqual([])
})

it('[PR4] finds a past that was told otherwise, and one that is gone', () => {
  const [first] = goodLog() as [EventView]
  const told = { ...first, by: 'another' }
  expect(watching(opened(1, 0), read(2, [told]))).toEqual(one(/^Feed: w was sent .*reads/))
  expect(watching(opened(1, 5), read(2, [event(6, 500, 'agent.left', {})]))).toEqual(one(/^Feed: .*is gone/))
})

it('[PR4] finds a console that was given another history, or was told that it is in sync when it is not', () => {
  const log = goodLog()
  const before = [opened(1, 0), read(2, log.slice(0, 3))]
  expect(watching(...before, opened(3, 3, { reset: false, storeEpoch: 2 }))).toEqual(one(/history was lost/))
  expect(watching(...before, opened(3, 5))).toEqual(one(/given a snapshot/))
  expect(watching(...before, opened(3, 2, { reset: false }))).toEqual(one(/told that the end is 2/))
  expect(watching(...before, opened(3, 5, { reset: false }))).toEqual(one(/in sync at seq 5/))
})
