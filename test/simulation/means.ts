/** How somebody is done harm to: the means of which each fault is made. */
import { HOUR } from '@holdpoint/shared'
import type { Agent } from './actors/agent.ts'
import type { Hold, Operator } from './actors/operator.ts'
import type { Ambushes, Sprung } from './ambushes.ts'
import { type Machine, TELLING_MS } from './kernel/machine.ts'
import type { World } from './kernel/world.ts'
import type { Buses } from './network/bus.ts'
import type { FrontDoor } from './network/front-door.ts'
import type { Network, Place } from './network/network.ts'
import { STORE, type StoreServer } from './store/route.ts'

export interface Victims {
  readonly world: World
  readonly network: Network
  readonly buses: Buses
  readonly door: FrontDoor
  readonly store: StoreServer
  readonly nodes: () => readonly { readonly place: Place; readonly machine: Machine }[]
  readonly killNode: (place: Place, forMs: number) => void
  /** Returns how to lose what comes after it; then that share of the nodes starts anew. */
  readonly keepACopy: () => (shareOfNodes: number) => void
  readonly agents: readonly Agent[]
  readonly operators: readonly Operator[]
  /** Somebody opens one more console, and leaves it open. */
  readonly openConsole: () => void
  readonly ambushes: Ambushes
  readonly leaseMs: number
}

export const later = ({ world }: Victims, ms: number, what: string, work: () => void): void =>
  void world.schedule(undefined, ms, what, work)

export const freeze = (victims: Victims, machine: Machine, lastsMs: number): void => {
  if (!machine.isUp) return
  victims.world.note('frozen', machine.name)
  machine.freeze()
  later(victims, lastsMs, `thaw ${machine.name}`, () => machine.thaw())
}

export const cut = (victims: Victims, one: Place, other: Place, lastsMs: number): void => {
  const { network, world } = victims
  const ways = world.chance.pick([
    [[one, other]],
    [[other, one]],
    [
      [one, other],
      [other, one],
    ],
  ]) as readonly (readonly [Place, Place])[]
  for (const [from, to] of ways) {
    network.cut(from, to)
    later(victims, lastsMs, 'heal', () => network.heal(from, to))
  }
}

export const anyNode = ({ world, nodes }: Victims) => {
  const up = nodes().filter(({ machine }) => machine.isUp)
  return up.length > 0 ? world.chance.pick(up) : undefined
}

export const anyAgent = ({ world, agents }: Victims): Agent => world.chance.pick(agents)

/** What may keep an agent from hearing that it is held. */
export const deafened: readonly ((victims: Victims, agent: Agent, lastsMs: number) => void)[] = [
  (victims, agent, lastsMs) => deaf(victims, agent, lastsMs),
  (victims, agent, lastsMs) => deaf(victims, agent, lastsMs),
  (victims, agent, lastsMs) => {
    deaf(victims, agent, lastsMs)
    victims.world.note('set back', agent.name)
    agent.process?.machine.jump(-5_000)
  },
  (victims, agent, lastsMs) => {
    if (agent.process) freeze(victims, agent.process.machine, lastsMs)
  },
  (victims, agent, lastsMs) => sleep(victims, agent, lastsMs),
  (victims, agent, lastsMs) => setBackAsleep(victims, agent, lastsMs),
  (victims, _, lastsMs) => {
    const node = anyNode(victims)
    if (node) cut(victims, node.place, STORE, lastsMs)
  },
]

/** Hears nobody, and is heard. */
export const deaf = (victims: Victims, agent: Agent, lastsMs: number): void => {
  const { network } = victims
  for (const { place } of victims.nodes()) {
    network.cut(place, agent.name)
    later(victims, lastsMs, 'heal', () => network.heal(place, agent.name))
  }
}

/** Somebody closes the lid. It wakes only where a lease can see that it slept: not while its wall clock was set back by as much. */
export const sleep = (victims: Victims, { process }: Agent, lastsMs: number): void => {
  if (!process?.machine.isUp) return
  const { machine } = process
  victims.world.note('asleep', machine.name)
  machine.sleep()
  const wake = (): void => {
    if (machine.hidesItsSleep) later(victims, TELLING_MS, `sleep on ${machine.name}`, wake)
    else machine.thaw()
  }
  later(victims, lastsMs, `wake ${machine.name}`, wake)
}

/** Neither clock by itself knows that it slept. */
const setBackAsleep = (victims: Victims, agent: Agent, lastsMs: number): void => {
  const { process } = agent
  sleep(victims, agent, lastsMs)
  later(victims, (lastsMs * victims.world.chance.next()) / 2, 'set back', () => process?.machine.jump(-HOUR))
}

export const kill = (victims: Victims, agent: Agent, lastsMs: number): void => {
  const { process } = agent
  if (!process?.machine.isUp) return
  victims.world.note('killed', agent.name)
  process.machine.kill()
  victims.door.died(process.machine)
  later(victims, lastsMs, `start ${agent.name}`, () => agent.live())
}

/** In the very moment in which something takes effect, and before anybody knows that it did. */
export const when = (victims: Victims, type: string, strike: (sprung: Sprung) => void): void =>
  victims.ambushes.set(type, (sprung) => later(victims, 0, `ambush: ${type}`, () => strike(sprung)))

export const concerned = ({ agents }: Victims, { event }: Sprung): Agent | undefined =>
  agents.find(({ name }) => name === event.agent)

export const hold = ({ world, operators }: Victims, agent: Agent, how?: Hold): void =>
  world.chance.pick(operators).hold(agent.name, how)
