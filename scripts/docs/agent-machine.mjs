import { built } from './built.mjs'
import { code, table } from './markdown.mjs'

const GUARDS = {
  isLocked: 'it is locked',
  wasPaused: 'it is not locked and was paused before',
  mayStart: 'it is not locked',
  isBlocked: 'a blocking item is open',
  isTheLast: 'it was the last blocking item',
  isOpen: 'a blocking item is open',
}

const EVENTS = {
  start: 'the agent starts a run',
  'item.opened': 'a blocking approval or question opens',
  'item.settled': 'a blocking approval or question settles',
  pause: 'an operator or an order pauses it',
  resume: 'an operator resumes it, or the last pausing order is lifted',
  takeover: 'another process takes the run over',
  complete: 'the agent completes its run',
  stop: 'an operator or an order stops it',
  reinstate: 'an approver reinstates it',
}

/** XState's spelling of where an event leads: a name, one object or several with guards. */
const edges = (given) => [given].flat().map((edge) => (typeof edge === 'string' ? { target: edge } : edge))

export async function agentMachinePage() {
  const { agentMachine, agentStates, machineEvents } = await built('shared/dist/index.js')
  const { config } = agentMachine
  const rows = agentStates.flatMap((state) =>
    machineEvents.flatMap((event) => {
      const given = config.states[state].on?.[event] ?? config.on[event]
      if (given === undefined) return []
      return edges(given).map(({ target, guard }, at) => {
        const condition =
          guard === undefined ? (at > 0 ? 'otherwise' : '') : (GUARDS[guard] ?? missing('guard', guard))
        const to = target?.replace('.', '') ?? state
        const locks = event === 'stop' ? ', locked' : event === 'reinstate' ? ', unlocked' : ''
        return [code(state), code(event), condition, `${code(to)}${locks}`]
      })
    }),
  )
  return `# The agent's machine

Every agent is one state machine with four states: ${agentStates.map(code).join(', ')}.
It is the XState machine in \`shared/src/agent-machine.ts\`; this table is read from it. The state is what is *wanted*.
What the agent has acknowledged stands beside it, see [pausing and stopping](../how-to/pause-and-stop.md).

${table(['From', 'Event', 'Only if', 'To'], rows)}

Anything else is refused by name and changes nothing.

${table(
  ['Event', 'Happens when'],
  machineEvents.map((event) => [code(event), EVENTS[event] ?? missing('event', event)]),
)}

Two things outlive a run: being locked, and being paused. A paused agent whose run ended starts its next run paused.
`
}

const missing = (what, name) => {
  throw new Error(`scripts/docs/agent-machine.mjs describes no ${what} named ${name}`)
}
