/** What goes wrong, and what puts it right again. */
import type { Agent } from './actors/agent.ts'
import { loseHistory } from './lost-history.ts'
import {
  anyAgent,
  anyNode,
  concerned,
  cut,
  deaf,
  deafened,
  freeze,
  hold,
  kill,
  later,
  sleep,
  type Victims,
  when,
} from './means.ts'
import { STORE } from './store/route.ts'

/** By how much a wall clock is set, ms. */
const SETTINGS_MS = [500, 5_000, 3_600_000]

/** One fault, and for how long it lasts, ms. */
type Fault = (victims: Victims, lastsMs: number) => void

/** AG4's worst case, on purpose: a hold about when its agent stops hearing, for longer than its lease. */
const heldUnheard: Fault = (victims) => {
  const { world, leaseMs } = victims
  const { chance } = world
  const agent = anyAgent(victims)
  const deafen = chance.pick(deafened)
  const holdInMs = chance.between(0, 600)
  const deafInMs = Math.max(0, holdInMs + chance.between(-600, 450))
  later(victims, holdInMs, 'hold', () => hold(victims, agent))
  later(victims, deafInMs, 'deafen', () => deafen(victims, agent, leaseMs * (0.5 + 2 * chance.next())))
}

/**
 * An order is placed and its node dies at once. Whoever placed it stands still: else it would be asked for again, and recorded
 * on the agent.
 */
function orphanedOrder(
  victims: Victims,
  agent: Agent,
  lastsMs: number,
  then: (deafen: () => void) => void,
): void {
  const { world, leaseMs, killNode, operators } = victims
  when(victims, 'order.placed', ({ event, from }) => {
    killNode(from, lastsMs)
    for (const { machine, principal } of operators)
      if (principal.id === event.by) freeze(victims, machine, lastsMs)
    then(() => deaf(victims, agent, leaseMs * (1 + 2 * world.chance.next())))
  })
  hold(victims, agent, 'order')
}

export const UNHEARD = 'an agent is held, and does not hear of it'
/** AG4 where an agent's node knows of the order only what others said before it. */
export const HEARSAY = 'an order is placed, its node dies, and an agent does not hear'
/** As HEARSAY; and what others said before comes late. */
export const LATE_WORD = 'an order is placed, its node dies, and late comes what was said before'

const faults = {
  [UNHEARD]: heldUnheard,
  'a node is killed': (victims, lastsMs) => {
    const node = anyNode(victims)
    if (node) victims.killNode(node.place, lastsMs / 2)
  },
  'deadlines are claimed, and the nodes die': (victims, lastsMs) => {
    const { database } = victims.store
    database.onClaimed = () => {
      database.onClaimed = () => {}
      later(victims, 0, 'die', () => {
        for (const { place } of victims.nodes()) victims.killNode(place, lastsMs / 4)
      })
    }
  },
  'a node is frozen': (victims, lastsMs) => {
    const node = anyNode(victims)
    if (node) freeze(victims, node.machine, lastsMs)
  },
  'a node is cut off from the store': (victims, lastsMs) => {
    const node = anyNode(victims)
    if (node) cut(victims, node.place, STORE, lastsMs)
  },
  'the store is frozen': (victims, lastsMs) => freeze(victims, victims.store.machine, lastsMs / 3),
  'the store crashes': (victims, lastsMs) => {
    victims.world.note('crashed', STORE)
    victims.store.isDown = true
    victims.store.database.crash()
    later(victims, lastsMs / 4, 'the store is back', () => {
      victims.store.isDown = false
    })
  },
  'an agent is killed': (victims, lastsMs) => kill(victims, anyAgent(victims), lastsMs / 4),
  'an agent is frozen': (victims, lastsMs) => {
    const { process } = anyAgent(victims)
    if (process) freeze(victims, process.machine, lastsMs)
  },
  'an agent is frozen, and another process takes over': (victims, lastsMs) => {
    const agent = anyAgent(victims)
    if (!agent.process?.machine.isUp) return
    freeze(victims, agent.process.machine, lastsMs)
    later(victims, lastsMs / 3, `start ${agent.name} anew`, () => agent.live())
  },
  'an agent’s machine sleeps': (victims, lastsMs) => sleep(victims, anyAgent(victims), lastsMs),
  'an agent is started a second time': (victims) => anyAgent(victims).live(),
  'an agent is cut off': (victims, lastsMs) => {
    const node = anyNode(victims)
    if (node) cut(victims, anyAgent(victims).name, node.place, lastsMs)
  },
  'a connection breaks': ({ door }) => door.reset(),
  'all of a node’s connections break': (victims) => victims.door.reset(anyNode(victims)?.machine),
  'a wall clock jumps': (victims) => {
    const { world, agents } = victims
    const machines = [
      ...agents.flatMap(({ process }) => process?.machine ?? []),
      ...victims.nodes().map(({ machine }) => machine),
    ]
    if (machines.length === 0) return
    const machine = world.chance.pick(machines)
    world.note('jumped', machine.name)
    machine.jump(world.chance.pick([-1, 1]) * world.chance.pick(SETTINGS_MS))
  },
  [HEARSAY]: (victims, lastsMs) => {
    const { world, ambushes } = victims
    const { chance } = world
    const agent = anyAgent(victims)
    orphanedOrder(victims, agent, lastsMs, (deafen) =>
      later(victims, chance.between(0, 400), 'wait for a lease', () =>
        chance.chance(0.7) ? ambushes.whenGranted(agent.name, deafen) : deafen(),
      ),
    )
  },
  [LATE_WORD]: (victims, lastsMs) => {
    const { world, ambushes, buses } = victims
    const { chance } = world
    const agent = anyAgent(victims)
    orphanedOrder(victims, agent, lastsMs, (deafen) => {
      buses.mute(1_500)
      const inMs = chance.between(80, 500)
      later(victims, inMs, 'late word', () => {
        buses.repeat()
        later(victims, chance.between(10, 50), 'wait for a lease', () =>
          ambushes.whenGranted(agent.name, deafen),
        )
      })
    })
  },
  'an order goes, unheard, and a console is opened': (victims) => {
    const { world, buses, openConsole } = victims
    const { chance } = world
    when(victims, 'order.lifted', () => {
      buses.mute(chance.between(200, 1_000))
      for (let n = 0; n < 2; n++) later(victims, chance.between(0, 300), 'open a console', openConsole)
    })
    hold(victims, anyAgent(victims), 'order')
  },
  'a pause is lifted on another node, and who takes over changes nodes while it waits': (victims) => {
    const { world, door, operators } = victims
    const agent = anyAgent(victims)
    when(victims, 'agent.paused', () => {
      for (const { machine } of operators) door.reset(machine)
    })
    when(victims, 'agent.resumed', (sprung) => {
      const resumed = concerned(victims, sprung) ?? agent
      kill(victims, resumed, world.chance.between(20, 200))
      when(victims, 'run.contested', () => {
        const { process } = resumed
        if (process) door.reset(process.machine)
      })
    })
    hold(victims, agent, 'pause')
  },
  'an order comes or goes, and consoles connect anew': (victims) => {
    const { operators, door } = victims
    for (const type of ['order.placed', 'order.lifted'])
      when(victims, type, () => {
        for (const { machine } of operators) door.reset(machine)
      })
    hold(victims, anyAgent(victims), 'order')
  },
  'an order is placed, and all nodes die': (victims, lastsMs) => {
    const { nodes, killNode } = victims
    when(victims, 'order.placed', () => {
      for (const { place } of nodes()) killNode(place, lastsMs / 4)
    })
    hold(victims, anyAgent(victims), 'order')
  },
  'an action is begun, and its process freezes while the agent is held': (victims) => {
    const { world, leaseMs } = victims
    const { chance } = world
    when(victims, 'action.begun', (sprung) => {
      const agent = concerned(victims, sprung)
      if (!agent?.process) return
      freeze(victims, agent.process.machine, leaseMs * (1.1 + chance.next()) + 600)
      const inMs = chance.between(0, 300)
      later(victims, inMs, 'meanwhile', () => (chance.chance(0.7) ? hold(victims, agent) : agent.live()))
    })
  },
  'an action is begun, and its process dies': (victims, lastsMs) =>
    when(victims, 'action.begun', (sprung) => {
      const agent = concerned(victims, sprung)
      if (agent) kill(victims, agent, lastsMs / 8)
    }),
  'something is decided, and its node dies': (victims, lastsMs) =>
    when(
      victims,
      victims.world.chance.pick(['approval.approved', 'approval.denied', 'action.begun']),
      ({ from }) => victims.killNode(from, lastsMs / 4),
    ),
  'an agent is held, and at once deaf': (victims, lastsMs) => {
    const agent = anyAgent(victims)
    when(victims, victims.world.chance.pick(['agent.paused', 'agent.stopped']), (sprung) =>
      deaf(victims, concerned(victims, sprung) ?? agent, lastsMs + victims.leaseMs),
    )
    hold(victims, agent)
  },
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as readonly FaultName[]

/** What consoles show may come to differ by. */
export const CONSOLES: readonly FaultName[] = [
  'an order goes, unheard, and a console is opened',
  'an order comes or goes, and consoles connect anew',
]

/** What may keep a run from going over to the next process. */
export const TAKEOVERS: readonly FaultName[] = [
  'a pause is lifted on another node, and who takes over changes nodes while it waits',
]

export interface Torment {
  readonly faults: number
  /** Of these kinds alone. */
  readonly kinds: readonly FaultName[]
  readonly losesHistory: boolean
  readonly untilMs: number
}

/** So many, at random moments; and, where asked, a store that comes back with an older past. */
export function torment(victims: Victims, { faults: count, kinds, losesHistory, untilMs }: Torment): void {
  const { world } = victims
  const { chance } = world
  if (losesHistory) loseHistory(victims, untilMs)
  for (let n = 0; n < count; n++) {
    const name = chance.pick(kinds)
    const lastsMs = chance.pick([chance.between(50, 800), chance.between(500, 5_000)])
    world.schedule(undefined, chance.between(500, untilMs), name, () => {
      const fault: Fault = faults[name]
      fault(victims, lastsMs)
    })
  }
}
