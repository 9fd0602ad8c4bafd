/**
 * Time and chance of one simulation. Nothing happens but what is on the agenda; one thing happens at a time, and all
 * promises that it settles have run on before the next. When something happens, and in which order, is drawn from the
 * seed, so the same seed is the same run, to the last byte.
 */
import { type Random, random } from '../../harness/random.ts'
import { Agenda, type Entry } from './agenda.ts'
import { inATurn, letPromisesRun, takeOverGlobals } from './globals.ts'
import { Imprint } from './imprint.ts'

/** Calls it off; harmless when it has already happened. */
export type Cancel = () => void

/** Whose turn something is: it does not happen once that process is dead, and waits while it is frozen. */
export interface Owner {
  readonly name: string
  readonly isDead: boolean
  readonly isFrozen: boolean
  whenThawed(wake: () => void): void
}

interface Happening extends Entry {
  readonly owner: Owner | undefined
  readonly what: string
  work: (() => void) | undefined
}

export class World {
  readonly chance: Random
  /** True time, ms since the simulation began; nobody in it knows it. */
  now = 0
  /** Whose turn it is. */
  current: Owner | undefined
  /** What broke: an exception that nobody caught, a real timer. */
  readonly defects: string[] = []
  /** Every happening, where it is asked for. */
  readonly trace: string[] | undefined
  steps = 0
  readonly #agenda = new Agenda<Happening>()
  readonly #imprint = new Imprint()
  #ids = 0

  constructor(seed: number, { traced = false } = {}) {
    this.chance = random(seed)
    this.trace = traced ? [] : undefined
  }

  /** `delayMs`: of true time. */
  schedule(owner: Owner | undefined, delayMs: number, what: string, work: () => void): Cancel {
    const happening: Happening = { at: this.now + delayMs, tie: this.chance.next(), owner, what, work }
    this.#agenda.add(happening)
    return () => {
      happening.work = undefined
    }
  }

  /** Everything up to `until`, ms of true time; sooner where `done` says so or nothing is left. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    const giveBack = takeOverGlobals(this)
    try {
      await inATurn(() => {
        while (!done()) {
          const next = this.#agenda.next
          if (!next || next.at > until) break
          this.#agenda.take()
          this.now = Math.max(this.now, next.at)
          if (this.#happens(next)) letPromisesRun()
        }
        if (!done()) this.now = Math.max(this.now, until)
      })
    } finally {
      this.current = undefined
      giveBack()
    }
  }

  /** False where it did not come to it. */
  #happens(happening: Happening): boolean {
    const { owner, what, work } = happening
    if (!work || owner?.isDead) return false
    if (owner?.isFrozen) {
      owner.whenThawed(() => this.#agenda.add({ ...happening, at: this.now, work: happening.work }))
      return false
    }
    this.steps += 1
    this.note(what, owner?.name ?? '')
    this.current = owner
    try {
      work()
    } catch (error) {
      this.defect(error)
    }
    return true
  }

  /** Part of what makes this run the same as another. */
  note(what: string, detail = ''): void {
    this.#imprint.number(this.now)
    this.#imprint.text(what)
    this.#imprint.text(detail)
    this.trace?.push(`${this.now.toFixed(3)} ${what} ${detail}`)
  }

  defect(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.defects.push(`Defect: ${text.split('\n').slice(0, 6).join('\n')}`)
  }

  /** Of everything that has happened. */
  hash(): string {
    return this.#imprint.hex()
  }

  /** A version 7 UUID: unique here, growing, and the same in every run of the seed. */
  newId(): string {
    this.#ids += 1
    const count = this.#ids.toString(16).padStart(12, '0')
    const noise = Math.floor(this.chance.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
    return `01900000-${count.slice(0, 4)}-7${count.slice(4, 7)}-8${count.slice(7, 10)}-${count.slice(10)}${noise}00`
  }
}
