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
  #mutedUntil = 0
  /** What was sent last to each, by topic. */
  readonly #last = new Map<string, () => void>()

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
      isAlone: () => false,
      on: (topic, listener) => void mine.listeners.set(topic, listener),
      close: async () => {},
    }
  }

  /** What is sent from now on is lost; what is on its way still comes. */
  mute(forMs: number): void {
    this.#mutedUntil = Math.max(this.#mutedUntil, this.#network.world.now + forMs)
  }

  /** What was sent last to each comes once more, late. */
  repeat(): void {
    for (const arrive of this.#last.values()) arrive()
  }

  #send(from: Place, to: Member, topic: string, text: string): void {
    const { world } = this.#network
    const { lossiness, duplicity, lateness, lateMs } = this.#faults
    const { chance } = world
    const times = chance.chance(duplicity) ? 2 : 1
    const what = `${topic} → ${to.place}`
    const arrive = (ms: number): void =>
      void world.schedule(to.machine, ms, what, () => to.listeners.get(topic)?.(JSON.parse(text)))
    if (world.now < this.#mutedUntil) return
    this.#last.set(what, () => arrive(this.#network.latencyMs()))
    for (let n = 0; n < times; n++) {
      if (this.#network.isCut(from, to.place) || chance.chance(lossiness)) continue
      const ms = this.#network.latencyMs() + (chance.chance(lateness) ? chance.next() * lateMs : 0)
      arrive(ms)
    }
  }
}
