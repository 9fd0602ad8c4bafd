import { assign, setup, transition } from 'xstate'

/** The four states every agent is in (AG). */
export const agentStates = ['running', 'paused', 'awaiting_input', 'stopped'] as const
export type AgentState = (typeof agentStates)[number]

/** What the machine remembers beside its state: what AG8 keeps over runs, and how many blocking items are open. */
export interface MachineContext {
  readonly locked: boolean
  readonly paused: boolean
  readonly blocking: number
}

/** The machine as it is stored: our own shape with our own version, never a library's snapshot. */
export interface Machine {
  readonly state: AgentState
  readonly context: MachineContext
}

export type MachineEvent =
  | { readonly type: 'start' }
  | { readonly type: 'item.opened' }
  | { readonly type: 'item.settled' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'takeover' }
  | { readonly type: 'complete' }
  | { readonly type: 'stop' }
  | { readonly type: 'reinstate' }

/** Every event's name, for tests that go through all states × all events and for documents. */
export const machineEvents = [
  'start',
  'item.opened',
  'item.settled',
  'pause',
  'resume',
  'takeover',
  'complete',
  'stop',
  'reinstate',
] as const satisfies readonly MachineEvent['type'][]

/** An agent that nobody has started: stopped, not locked. */
export const newMachine: Machine = {
  state: 'stopped',
  context: { locked: false, paused: false, blocking: 0 },
}

// `takeover` names its own state as target: without one XState takes the event for refused
const definition = setup({
  types: { context: {} as MachineContext, events: {} as MachineEvent },
  guards: {
    isLocked: ({ context }) => context.locked,
    wasPaused: ({ context }) => !context.locked && context.paused,
    mayStart: ({ context }) => !context.locked,
    isBlocked: ({ context }) => context.blocking > 0,
    isTheLast: ({ context }) => context.blocking === 1,
    isOpen: ({ context }) => context.blocking > 0,
  },
  actions: {
    open: assign({ blocking: ({ context }) => context.blocking + 1 }),
    settle: assign({ blocking: ({ context }) => context.blocking - 1 }),
    endRun: assign({ blocking: 0 }),
    hold: assign({ paused: true }),
    release: assign({ paused: false }),
    lock: assign({ locked: true }),
    unlock: assign({ locked: false }),
  },
}).createMachine({
  id: 'agent',
  context: newMachine.context,
  initial: 'stopped',
  on: { stop: { target: '.stopped', actions: ['endRun', 'lock'] } },
  states: {
    stopped: {
      on: {
        start: [
          { guard: 'wasPaused', target: 'paused' },
          { guard: 'mayStart', target: 'running' },
        ],
        reinstate: { guard: 'isLocked', actions: 'unlock' },
      },
    },
    running: {
      on: {
        'item.opened': { target: 'awaiting_input', actions: 'open' },
        pause: { target: 'paused', actions: 'hold' },
        takeover: 'running',
        complete: { target: 'stopped', actions: 'endRun' },
      },
    },
    awaiting_input: {
      on: {
        'item.opened': { actions: 'open' },
        'item.settled': [
          { guard: 'isTheLast', target: 'running', actions: 'settle' },
          { guard: 'isOpen', actions: 'settle' },
        ],
        pause: { target: 'paused', actions: 'hold' },
        takeover: 'awaiting_input',
        complete: { target: 'stopped', actions: 'endRun' },
      },
    },
    paused: {
      on: {
        'item.opened': { actions: 'open' },
        'item.settled': { guard: 'isOpen', actions: 'settle' },
        resume: [
          { guard: 'isBlocked', target: 'awaiting_input', actions: 'release' },
          { target: 'running', actions: 'release' },
        ],
        takeover: 'paused',
        complete: { target: 'stopped', actions: 'endRun' },
      },
    },
  },
})

/** The XState machine itself, for `xstate/graph` and for drawing. */
export const agentMachine = definition

/** One step as XState takes it, or undefined where the machine refuses the event. */
export function stepByXState(machine: Machine, event: MachineEvent): Machine | undefined {
  const snapshot = definition.resolveState({ value: machine.state, context: machine.context })
  if (!snapshot.can(event)) return undefined
  const [next] = transition(definition, snapshot, event)
  return { state: next.value as AgentState, context: next.context }
}

/** Guards tell none, one and several blocking items apart: so many stand for any number of several. */
const SEVERAL = 2
/** What XState said of each situation, once it was asked. */
const steps = new Map<string, Machine | undefined>()

/**
 * One step of the machine, or undefined where AG's table has no such row (AG1: refused, nothing changes). Pure. XState takes
 * each kind of step once; asking it every time would cost as much as all else that is decided.
 */
export function stepMachine(machine: Machine, event: MachineEvent): Machine | undefined {
  const { state, context } = machine
  const { locked, paused } = context
  const sample = Math.min(context.blocking, SEVERAL)
  const key = `${state} ${event.type} ${locked} ${paused} ${sample}`
  if (!steps.has(key))
    steps.set(key, stepByXState({ state, context: { locked, paused, blocking: sample } }, event))
  const next = steps.get(key)
  if (!next || sample < SEVERAL) return next
  const { blocking } = next.context
  return {
    state: next.state,
    // none are left when a run ends; else as many more or fewer as of the sample
    context: { ...next.context, blocking: blocking === 0 ? 0 : context.blocking + blocking - SEVERAL },
  }
}
