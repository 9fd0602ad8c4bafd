import type { Clocks } from '@holdpoint/client'
import type { Clock } from '@holdpoint/server'
import type { World } from './world.ts'

/** ms since the Unix epoch when every simulation begins. */
export const START = Date.UTC(2026, 0, 1)

/** How far a machine's clocks must be apart on what has passed for a lease to see it, and some, ms. */
export const TELLING_MS = 100

/** How late a timer may be, ms; never early. */
const LATENESS_MS = 2

/**
 * One process on a machine with clocks of its own. It can be killed, for good, and it can be frozen (SIGSTOP, a long
 * pause of the collector): its clocks go on, and whatever would have happened meanwhile happens when it is thawed.
 */
export class Machine {
  readonly name: string
  readonly #world: World
  readonly #rate: number
  /** What its monotonic clock stood at when the simulation began, ms. */
  readonly #bootedAt: number
  #wallOff: number
  /** How long it has slept: its monotonic clock stood still meanwhile. */
  #sleptMs = 0
  #isDead = false
  #frozen: (() => void)[] | undefined
  #frozenSince = 0
  #frozenMs = 0
  #asleepSince: number | undefined
  /** By how much its wall clock has gained on its monotonic one, each time that it did, ms. */
  #gains: readonly { readonly ms: number; readonly bySleep: boolean }[] = []

  /** `rate`: of both its clocks, against true time. `wallOff`: by how much its wall clock is wrong, ms. */
  constructor(
    world: World,
    name: string,
    { rate, wallOff = 0, bootedAt = 5_000 }: { rate: number; wallOff?: number; bootedAt?: number },
  ) {
    this.name = name
    this.#world = world
    this.#rate = rate
    this.#wallOff = wallOff
    this.#bootedAt = bootedAt
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined
  }

  get isUp(): boolean {
    return !this.#isDead && !this.#frozen
  }

  /** For how long it has been able to do something, ms of true time; for whoever checks. */
  awakeMs(): number {
    return (this.#frozen ? this.#frozenSince : this.#world.now) - this.#frozenMs
  }

  kill(): void {
    this.#isDead = true
    this.#frozen = undefined
    this.#asleepSince = undefined
  }

  freeze(): void {
    if (!this.isUp) return
    this.#frozen = []
    this.#frozenSince = this.#world.now
  }

  /** Somebody closes the lid: it is frozen, and its monotonic clock with it. */
  sleep(): void {
    if (!this.isUp) return
    this.freeze()
    this.#asleepSince = this.#world.now
  }

  thaw(): void {
    this.#gains = this.#gainsWith()
    if (this.#asleepSince !== undefined) this.#sleptMs += (this.#world.now - this.#asleepSince) * this.#rate
    this.#asleepSince = undefined
    if (this.#frozen) this.#frozenMs += this.#world.now - this.#frozenSince
    const waiting = this.#frozen ?? []
    this.#frozen = undefined
    for (const wake of waiting) wake()
  }

  whenThawed(wake: () => void): void {
    this.#frozen?.push(wake)
  }

  /** Somebody sets its wall clock, forwards or back; by more, where that would hide that it slept. */
  jump(ms: number): void {
    let by = ms
    while (hides([...this.#gainsWith(), { ms: by, bySleep: false }])) by += Math.sign(ms) * TELLING_MS
    this.#wallOff += by
    this.#gains = [...this.#gains, { ms: by, bySleep: false }]
  }

  /** Whether its clocks would agree, were it woken now, on a time that it slept for a part of: what no lease can see. */
  get hidesItsSleep(): boolean {
    return hides(this.#gainsWith())
  }

  #gainsWith(): readonly { readonly ms: number; readonly bySleep: boolean }[] {
    if (this.#asleepSince === undefined) return this.#gains
    return [...this.#gains, { ms: this.#world.now - this.#asleepSince, bySleep: true }]
  }

  readonly wall = (): number => Math.floor(START + this.#wallOff + this.#world.now * this.#rate)

  readonly monotonic = (): number =>
    this.#bootedAt + (this.#asleepSince ?? this.#world.now) * this.#rate - this.#sleptMs

  /** `delayMs`: by its monotonic clock. */
  readonly after = (delayMs: number, wake: () => void): (() => void) => {
    const dueAt = this.monotonic() + Math.max(0, delayMs)
    let cancel = (): void => {}
    const arm = (): void => {
      const late = this.#world.chance.next() * LATENESS_MS
      const leftMs = (dueAt - this.monotonic()) / this.#rate
      cancel = this.#world.schedule(this, Math.max(0, leftMs) + late, 'timer', () =>
        // It slept meanwhile.
        this.monotonic() < dueAt ? arm() : wake(),
      )
    }
    arm()
    return () => cancel()
  }

  /** Resolves after that much of its own time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve)
    })
  }

  /** As a server sees them. */
  get clock(): Clock {
    return { now: this.wall, monotonicMs: this.monotonic, after: this.after }
  }

  /** As a client sees them. */
  get clocks(): Clocks {
    return { wall: this.wall, monotonic: this.monotonic, after: this.after }
  }
}

/** Of any time up to now, since nobody knows when a lease began. */
function hides(gains: readonly { readonly ms: number; readonly bySleep: boolean }[]): boolean {
  let sum = 0
  let slept = false
  return gains.toReversed().some(({ ms, bySleep }) => {
    sum += ms
    slept ||= bySleep
    return slept && Math.abs(sum) < TELLING_MS
  })
}
