/** What nodes call out to each other: late, twice, out of order, or not at all. Nothing may rest on it. */
import type { Bus } from '@holdpoint/server/parts'
import type { Machine } from '../kernel/machine.ts'
import type { Network, Place } from './network.ts'

export interface BusFaults {
  readonly lossiness: number
  readonly duplicity: number
  /** How many of them are late, in [0, 1], and by how much at most, ms. */
  readonly lateness: number
  readonly lateMs: number
}

interface Member {
  readonly place: Place
  readonly machine: Machine
  readonly listeners: Map<string, (message: unknown) => void>
}

export class Buses {
  readonly #network: Network
  readonly #faults: BusFaults
  #members: Member[] = []

  constructor(network: Network, faults: BusFaults) {
    this.#network = network
    this.#faults = faults
  }

  join(place: Place, machine: Machine): Bus {
    const mine: Member = { place, machine, listeners: new Map() }
    this.#members = [...this.#members.filter((one) => !one.machine.isDead), mine]
    return {
      send: (topic, message) => {
        const text = JSON.stringify(message)
        for (const other of this.#members) if (other !== mine) this.#send(mine.place, other, topic, text)
      },
      on: (topic, listener) => void mine.listeners.set(topic, listener),
      close: async () => {},
    }
  }

  #send(from: Place, to: Member, topic: string, text: string): void {
    const { world } = this.#network
    const { lossiness, duplicity, lateness, lateMs } = this.#faults
    const { chance } = world
    const times = chance.chance(duplicity) ? 2 : 1
    for (let n = 0; n < times; n++) {
      if (this.#network.isCut(from, to.place) || chance.chance(lossiness)) continue
      const ms = this.#network.latencyMs() + (chance.chance(lateness) ? chance.next() * lateMs : 0)
      world.schedule(to.machine, ms, `${topic} → ${to.place}`, () =>
        to.listeners.get(topic)?.(JSON.parse(text)),
      )
    }
  }
}
