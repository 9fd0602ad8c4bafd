import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getAdjacencyMap } from 'xstate/graph'
import {
  type AgentState,
  agentMachine,
  agentStates,
  type Machine,
  type MachineContext,
  type MachineEvent,
  machineEvents,
  newMachine,
  stepByXState,
  stepMachine,
} from './agent-machine.ts'

type EventName = MachineEvent['type']
const machine = (state: AgentState, context: Partial<MachineContext> = {}): Machine => ({
  state,
  context: { locked: false, paused: false, blocking: 0, ...context },
})

const running = machine('running')
const awaiting = (blocking: number) => machine('awaiting_input', { blocking })
const paused = (blocking = 0) => machine('paused', { paused: true, blocking })
const stopped = (context: Partial<MachineContext> = {}) => machine('stopped', context)

/**
 * AG's table, each kind of situation on its own line: what is not listed is refused (AG1).
 * A run that ended while paused stays paused for the next one (AG8).
 */
const table: readonly [string, Machine, Partial<Record<EventName, Machine>>][] = [
  ['new or completed', stopped(), { start: running, stop: stopped({ locked: true }) }],
  [
    'completed while paused',
    stopped({ paused: true }),
    { start: paused(), stop: stopped({ locked: true, paused: true }) },
  ],
  ['locked', stopped({ locked: true }), { stop: stopped({ locked: true }), reinstate: stopped() }],
  [
    'locked while paused',
    stopped({ locked: true, paused: true }),
    { stop: stopped({ locked: true, paused: true }), reinstate: stopped({ paused: true }) },
  ],
  [
    'running',
    running,
    {
      'item.opened': awaiting(1),
      pause: paused(),
      takeover: running,
      complete: stopped(),
      stop: stopped({ locked: true }),
    },
  ],
  [
    'awaiting one item',
    awaiting(1),
    {
      'item.opened': awaiting(2),
      'item.settled': running,
      pause: paused(1),
      takeover: awaiting(1),
      complete: stopped(),
      stop: stopped({ locked: true }),
    },
  ],
  [
    'awaiting several items',
    awaiting(3),
    {
      'item.opened': awaiting(4),
      'item.settled': awaiting(2),
      pause: paused(3),
      takeover: awaiting(3),
      complete: stopped(),
      stop: stopped({ locked: true }),
    },
  ],
  [
    'paused',
    paused(),
    {
      'item.opened': paused(1),
      resume: running,
      takeover: paused(),
      complete: stopped({ paused: true }),
      stop: stopped({ locked: true, paused: true }),
    },
  ],
  [
    'paused with items open',
    paused(2),
    {
      'item.opened': paused(3),
      'item.settled': paused(1),
      resume: awaiting(2),
      takeover: paused(2),
      complete: stopped({ paused: true }),
      stop: stopped({ locked: true, paused: true }),
    },
  ],
]

const cells = table.flatMap(([situation, from, row]) =>
  machineEvents.map((event) => ({
    situation,
    from,
    event,
    to: row[event],
    end: row[event]?.state ?? 'refused',
  })),
)

describe('[AG] the table', () => {
  it.each(cells)('[AG1] $situation: $event → $end', ({ from, event, to }) => {
    const before = structuredClone(from)
    expect(stepMachine(from, { type: event })).toEqual(to)
    expect(from).toEqual(before)
  })

  it('[AG] a new agent is stopped and not locked', () => expect(newMachine).toEqual(stopped()))

  it('[AG] the table has every situation that the machine can get into, and no other', () => {
    const situation = ({ state, context: { locked, paused, blocking } }: Machine) =>
      JSON.stringify([state, locked, paused, Math.min(blocking, 2)])
    const reached = Object.values(
      getAdjacencyMap(agentMachine, {
        events: machineEvents.map((type) => ({ type })),
        // the number of open items has no bound of its own, and the walk would never end
        stopWhen: (snapshot) => snapshot.context.blocking >= 4,
      }),
    ).map(({ state }) => situation({ state: state.value as AgentState, context: state.context }))
    const listed = [...table.map(([, from]) => from), paused(1)].map(situation)
    expect([...new Set(reached)].sort()).toEqual(listed.sort())
  })
})

describe('[AG] wherever it goes', () => {
  const events = fc.array(fc.constantFrom(...machineEvents), { maxLength: 60 })

  it('[AG] [AG1] [AG8] what the states mean holds on every walk', () =>
    fc.assert(
      fc.property(events, (walk) => {
        let now = newMachine
        for (const type of walk) {
          const next = stepMachine(now, { type })
          if (type === 'stop') expect(next).toMatchObject({ state: 'stopped', context: { locked: true } })
          if (!next) continue
          const { state, context } = next
          expect(agentStates).toContain(state)
          expect(context.blocking).toBeGreaterThanOrEqual(0)
          if (state === 'stopped' || state === 'running') expect(context.blocking).toBe(0)
          if (state === 'awaiting_input') expect(context.blocking).toBeGreaterThan(0)
          if (state === 'paused') expect(context.paused).toBe(true)
          if (state === 'running' || state === 'awaiting_input') expect(context.paused).toBe(false)
          if (context.locked) expect(state).toBe('stopped')
          if (now.context.locked && !context.locked) expect(type).toBe('reinstate')
          if (now.context.paused && !context.paused) expect(type).toBe('resume')
          if (now.state === 'stopped' && state !== 'stopped') expect(type).toBe('start')
          now = next
        }
      }),
    ))

  it('[AG] open items are counted exactly while a run lasts', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('item.opened', 'item.settled', 'pause', 'resume', 'takeover')),
        (walk) => {
          let now = running
          let open = 0
          for (const type of walk) {
            const next = stepMachine(now, { type })
            if (type === 'item.opened') open += 1
            if (type === 'item.settled') {
              expect(next === undefined).toBe(open === 0)
              open = Math.max(0, open - 1)
            }
            now = next ?? now
            expect(now.context.blocking).toBe(open)
          }
        },
      ),
    ))

  it('[AG] what is stored is plain JSON, and goes on from there', () =>
    fc.assert(
      fc.property(events, (walk) => {
        let now = newMachine
        for (const type of walk) {
          const stored: Machine = JSON.parse(JSON.stringify(now))
          expect(stored).toEqual(now)
          expect(stepMachine(stored, { type })).toEqual(stepMachine(now, { type }))
          now = stepMachine(now, { type }) ?? now
        }
      }),
    ))
})

it('[AG1] what was remembered of a step is what XState takes it for, in every situation', () => {
  const flags = [false, true]
  for (const state of agentStates)
    for (const locked of flags)
      for (const paused of flags)
        for (let blocking = 0; blocking <= 30; blocking++)
          for (const type of machineEvents) {
            const at: Machine = { state, context: { locked, paused, blocking } }
            expect(stepMachine(at, { type })).toEqual(stepByXState(at, { type }))
          }
})
