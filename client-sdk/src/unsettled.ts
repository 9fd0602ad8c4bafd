import { digestOf, newId } from '@holdpoint/shared'
import { isDefinite } from './connection/doubt.ts'
import { HoldpointError, OutcomeUnknownError, outcomeUnknown } from './errors.ts'

/** What a person orders, in whatever tells it from everything else: verb, target, words. Any JSON. */
export type Intent = readonly unknown[]

/** How often what got no answer is asked again by itself; each try waits as long as the client does. */
const AGAIN = 2

/**
 * The keys of what a person ordered and nobody knows the outcome of (PR2): the same order given again goes out under the
 * same key, until an answer proves how it ended. One for each person.
 */
export class Unsettled {
  /** Orders go by salted digests: a password or a code that is part of one is kept nowhere. */
  readonly #salt = newId()
  readonly #keys = new Map<string, string>()
  /** What is under way: the same order given again meanwhile is that order, not another. */
  readonly #underWay = new Map<string, Promise<unknown>>()

  /** Whether this very order has been given and not ended: given twice at once it is done once. */
  isUnderWay(intent: Intent): boolean {
    return this.#underWay.has(this.#nameOf(intent))
  }

  /**
   * Runs a command until it is known how it ended, or it was asked in vain: `run` gets the key, and `again` is called before
   * each repetition. Given again while it is under way it ends as that one does, and `run` is not called.
   * Errors: as `run`; OutcomeUnknownError where it may have been done, by an earlier giving of the same order too.
   */
  settle<R>(intent: Intent, run: (key: string) => Promise<R>, again: () => void = () => {}): Promise<R> {
    const name = this.#nameOf(intent)
    const before = this.#underWay.get(name)
    if (before) return before as Promise<R>
    const all = this.#settle(name, run, again).finally(() => {
      if (this.#underWay.get(name) === all) this.#underWay.delete(name)
    })
    this.#underWay.set(name, all)
    return all
  }

  /** Somebody else comes: nothing of what was ordered before is theirs. */
  clear(): void {
    this.#keys.clear()
    this.#underWay.clear()
  }

  #nameOf(intent: Intent): string {
    return digestOf(`${this.#salt}${JSON.stringify(intent)}`)
  }

  async #settle<R>(name: string, run: (key: string) => Promise<R>, again: () => void): Promise<R> {
    const kept = this.#keys.get(name)
    const key = kept ?? newId()
    let inDoubt = kept !== undefined
    for (let left = AGAIN; ; left--) {
      try {
        const result = await run(key)
        this.#keys.delete(name)
        return result
      } catch (error) {
        const isUnknown = error instanceof OutcomeUnknownError
        inDoubt ||= isUnknown
        if (!inDoubt || isProof(error)) {
          this.#keys.delete(name)
          throw error
        }
        this.#keys.set(name, key)
        if (!isUnknown) throw stillUnknown(key, error)
        if (left === 0) throw error
        again()
      }
    }
  }
}

/** Whether it says what became of all tries under this key. */
const isProof = (error: unknown): boolean => error instanceof HoldpointError && isDefinite(error.code)

/** A refusal that says nothing of the tries before it; anything else (the caller's own end) is the caller's. */
const stillUnknown = (key: string, error: unknown): unknown =>
  error instanceof HoldpointError ? outcomeUnknown(key, error) : error
