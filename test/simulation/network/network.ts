/**
 * What lies between machines. A connection keeps its messages in order, as TCP does; what it does not keep is time:
 * either direction can be cut while the other works, for a moment or until both ends give up, and a broken connection
 * takes along what was on its way. Between connections nothing is ordered.
 */
import type { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'

/** The place of a machine in the network; the store has one too. */
export type Place = string

export interface Weather {
  /** One way, at best and at worst, ms. */
  readonly latencyMs: readonly [number, number]
  /** Now and then a message takes this long, ms. */
  readonly slowMs: number
  readonly slowness: number
}

export class Network {
  readonly world: World
  #weather: Weather
  /** `from → to` that nothing passes. */
  readonly #cuts = new Set<string>()
  readonly #healed = new Map<string, (() => void)[]>()

  constructor(world: World, weather: Weather) {
    this.world = world
    this.#weather = weather
  }

  latencyMs(): number {
    const { latencyMs, slowMs, slowness } = this.#weather
    const { chance } = this.world
    const [least, most] = latencyMs
    return chance.chance(slowness) ? chance.next() * slowMs : least + chance.next() * (most - least)
  }

  isCut(from: Place, to: Place): boolean {
    return this.#cuts.has(`${from} → ${to}`)
  }

  /** One way. */
  cut(from: Place, to: Place): void {
    this.#cuts.add(`${from} → ${to}`)
    this.world.note('cut', `${from} → ${to}`)
  }

  heal(from: Place, to: Place): void {
    const way = `${from} → ${to}`
    if (!this.#cuts.delete(way)) return
    this.world.note('healed', way)
    const waiting = this.#healed.get(way) ?? []
    this.#healed.delete(way)
    for (const wake of waiting) wake()
  }

  /** Nothing is cut, and nothing is slow any more. */
  calm(): void {
    this.#weather = { ...this.#weather, slowness: 0 }
    for (const way of [...this.#cuts]) {
      const [from = '', to = ''] = way.split(' → ')
      this.heal(from, to)
    }
  }

  whenHealed(from: Place, to: Place, wake: () => void): void {
    const way = `${from} → ${to}`
    const waiting = this.#healed.get(way)
    if (waiting) waiting.push(wake)
    else this.#healed.set(way, [wake])
  }
}

/** One direction of one connection. */
export class Pipe {
  readonly #network: Network
  readonly #from: Place
  readonly #to: Place
  readonly #receiver: () => Machine
  #lastAt = 0
  #held: (() => void)[] | undefined
  #broken = false

  constructor(network: Network, from: Place, to: Place, receiver: () => Machine) {
    this.#network = network
    this.#from = from
    this.#to = to
    this.#receiver = receiver
  }

  /** In order, and not at all once it is broken. Over a cut it waits: TCP sends again. */
  send(what: string, deliver: () => void): void {
    if (this.#broken) return
    const deliverUnlessBroken = (): void => {
      if (!this.#broken) deliver()
    }
    if (this.#held) {
      this.#held.push(() => this.#pass(what, deliverUnlessBroken))
      return
    }
    if (this.#network.isCut(this.#from, this.#to)) {
      this.#held = [() => this.#pass(what, deliverUnlessBroken)]
      this.#network.whenHealed(this.#from, this.#to, () => {
        const held = this.#held ?? []
        this.#held = undefined
        for (const pass of held) pass()
      })
      return
    }
    this.#pass(what, deliverUnlessBroken)
  }

  #pass(what: string, deliver: () => void): void {
    const { world } = this.#network
    const at = Math.max(this.#lastAt, world.now + this.#network.latencyMs())
    this.#lastAt = at
    world.schedule(this.#receiver(), at - world.now, what, deliver)
  }

  break(): void {
    this.#broken = true
  }
}
