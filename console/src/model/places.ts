/** How a list stood: its items in order, and where its box began on the screen. Unit: px. */
interface Standing<T> {
  readonly items: readonly T[]
  readonly top: number
}

/** Sooner nobody has seen that something else is under their hand. Unit: ms. */
const SEEN_AFTER_MS = 400

/** What stood where in a list of equally high rows a moment ago, so that a press meant for it does not hit what came after it. */
export class Places<T> {
  readonly #rowHeight: number
  readonly #nameOf: (item: T) => string
  #now: Standing<T> | undefined
  #before: readonly (Standing<T> & { readonly until: number })[] = []

  constructor(rowHeight: number, nameOf: (item: T) => string) {
    this.#rowHeight = rowHeight
    this.#nameOf = nameOf
  }

  /** `at`: ms, of a clock that never goes back. */
  note(items: readonly T[], top: number, at: number): void {
    const now = this.#now
    if (now?.items === items && now.top === top) return
    this.#now = { items, top }
    if (now) this.#before = [...this.#recent(at), { ...now, until: at }]
  }

  /** The reader asked for another order: what stands now is what they wait for. */
  forget(): void {
    this.#now = undefined
    this.#before = []
  }

  /**
   * Whether what a press at `y` hits, `name`, was somewhere else so shortly before that the press was meant for another. Where
   * the list moved as a whole, mostly by what its reader did themself, and the hand moved after it (`movedAt`), it was not.
   */
  isSurprise(name: string, y: number, scrolled: number, at: number, movedAt: number): boolean {
    const now = this.#now?.top ?? 0
    return this.#recent(at).some(({ items, top, until }) => {
      const stood = (from: number) => items[Math.floor((y - from + scrolled) / this.#rowHeight)]
      const isHere = (item: T | undefined) => item !== undefined && this.#nameOf(item) === name
      if (isHere(stood(now)) && movedAt > until) return false
      return y < top || (stood(top) !== undefined && !isHere(stood(top)))
    })
  }

  #recent(at: number) {
    return this.#before.filter(({ until }) => at - until < SEEN_AFTER_MS)
  }
}
