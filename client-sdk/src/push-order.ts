/**
 * Where this client stands in its agent's dense sequence (PROTOCOL: `seq`). Items are taken strictly in order; the
 * state only has to be newer than the last one heard, for it may run ahead of the items in an answer's envelope.
 */
export class PushOrder {
  #last = 0
  #stateAt = -1

  /** The last number whose items were taken. */
  get last(): number {
    return this.#last
  }

  hasSeen(seq: number): boolean {
    return seq <= this.#last
  }

  isNext(seq: number): boolean {
    return seq === this.#last + 1
  }

  /** Something up to `seq` has not come in. */
  isBehind(seq: number): boolean {
    return seq > this.#last
  }

  /** Everything up to `seq` is known. */
  jump(seq: number): void {
    this.#last = Math.max(this.#last, seq)
  }

  /** Whether the state told with this number is not older than the one in force; takes note of it. */
  newerState(seq: number): boolean {
    if (seq < this.#stateAt) return false
    this.#stateAt = seq
    return true
  }
}
