import { type Presence, SECOND } from '@holdpoint/shared'
import { beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import type { Principal } from '../auth/principal.ts'
import type { Bus } from '../subscriptions/ports.ts'
import type { Line } from './line.ts'
import { createOnlookers, type Onlookers } from './onlookers.ts'

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})

/** What nodes say to each other arrives at once, unless the wire is cut. */
function wire() {
  const listeners: {
    readonly node: object
    readonly topic: string
    readonly hear: (message: unknown) => void
  }[] = []
  const state = { cut: false }
  const busOf = (node: object): Bus => ({
    send: (topic, message) => {
      for (const one of listeners)
        if (!state.cut && one.topic === topic && one.node !== node) one.hear(message)
    },
    isAlone: () => false,
    on: (topic, hear) => void listeners.push({ node, topic, hear }),
    close: async () => {},
  })
  return { state, busOf }
}

function open(onlookers: Onlookers, id: string, tenant = 'a') {
  const state = { behind: false, seen: {} as Record<string, readonly string[]>, told: 0 }
  const line: Line = {
    id,
    principal: () => ({ tenant }) as Principal,
    emit: (_, body) => {
      state.told += 1
      const { onlookers: all = [] } = body as Presence
      state.seen = Object.fromEntries(all.map((one) => [one.id, one.people]))
    },
    isBehind: () => state.behind,
    refresh: () => Promise.reject(new Error('nobody refreshes here')),
    join: () => {},
    end: () => {},
  }
  onlookers.join(line)
  return { line, state }
}

const single = () => createOnlookers({ clock, node: 'n', bus: undefined })

it('tells a tenant’s consoles who looks at what, and nobody else', async () => {
  const onlookers = single()
  const [ana, bo, eve] = [open(onlookers, '1'), open(onlookers, '2'), open(onlookers, '3', 'other')]
  onlookers.look(ana.line, 'ana', 'x')
  onlookers.look(bo.line, 'bo', 'x')
  await clock.advance(SECOND)
  expect(bo.state).toMatchObject({ seen: { x: ['ana', 'bo'] }, told: 1 })
  expect(eve.state.told).toBe(0)
  // who comes later is told at once
  expect(open(onlookers, '4').state.seen).toEqual({ x: ['ana', 'bo'] })
  onlookers.look(ana.line, 'ana', 'y')
  onlookers.leave(bo.line)
  await clock.advance(SECOND)
  expect(ana.state.seen).toEqual({ y: ['ana'] })
})

it('spares who has a good deal to read, and shows it what stands once it has read on', async () => {
  const onlookers = single()
  const [ana, bo] = [open(onlookers, '1'), open(onlookers, '2')]
  bo.state.behind = true
  onlookers.look(ana.line, 'ana', 'x')
  await clock.advance(SECOND)
  expect(bo.state.told).toBe(0)
  bo.state.behind = false
  await clock.advance(5 * SECOND)
  expect(bo.state.seen).toEqual({ x: ['ana'] })
})

it('is bounded, and tells what comes together as one', async () => {
  const onlookers = single()
  const eyes = open(onlookers, 'eyes')
  for (let at = 0; at < 300; at++) {
    const { line } = open(onlookers, `line ${at}`)
    onlookers.look(line, `person ${at}`, `item ${at}`)
  }
  await clock.advance(SECOND)
  expect(Object.keys(eyes.state.seen)).toHaveLength(200)
  expect(eyes.state.told).toBe(1)
})

it('[PR4] reaches the consoles of other nodes, and lets go of a node that is not heard of any more', async () => {
  const { state, busOf } = wire()
  const [one, two] = ['one', 'two'].map((node) => createOnlookers({ clock, node, bus: busOf({}) }))
  if (!one || !two) throw new Error('two nodes')
  const [ana, bo] = [open(one, '1'), open(two, '2')]
  one.look(ana.line, 'ana', 'x')
  await clock.advance(SECOND)
  expect(bo.state.seen).toEqual({ x: ['ana'] })
  // said again and again: one that was lost does no harm
  await clock.advance(60 * SECOND)
  expect(bo.state.seen).toEqual({ x: ['ana'] })
  state.cut = true
  await clock.advance(30 * SECOND)
  expect(bo.state.seen).toEqual({})
  // whatever comes over the wire
  for (const message of [null, 7, { node: 'z' }, { node: 'z', tenant: 'a', looking: [null, { id: 3 }] }])
    expect(() => busOf({}).send('looking', message as never)).not.toThrow()
})
