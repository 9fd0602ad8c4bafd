/**
 * What judging one request may cost. A step is about what comparing two numbers takes; what works through a text or a
 * list is charged for its length before it is done. So neither a rule nor what an agent sent can hold the event loop.
 */
export class Meter {
  #left: number

  constructor(steps = MAX_STEPS) {
    this.#left = steps
  }

  /** Throws OutOfSteps. */
  charge(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new OutOfSteps()
  }

  /** For reading `length` characters; comparing goes by whole words. Throws OutOfSteps. */
  read(length: number): void {
    this.charge(1 + length / 64)
  }
}

/** For all rules and the schema of one request together: a few tens of milliseconds at the worst. */
const MAX_STEPS = 250_000

/** Not to be caught by the expression itself: it ends the judging of the rule. */
export class OutOfSteps extends Error {
  override readonly name = 'OutOfSteps'
  override readonly message = 'it took more steps than one request may cost'
}
