/**
 * Rows that a table has not yet, by key: those that gather, and those that are just being written to it. The later ones count.
 * Each time they gather in a new map: one that is cleared leads from its former table to the next, and through one that has grown
 * old all that any batch took would outlive V8's quick collections.
 */
export class OwedRows<Row> {
  #gathering = new Map<string, Row>()
  #leaving: ReadonlyMap<string, Row> = new Map()

  get(key: string): Row | undefined {
    return this.#gathering.get(key) ?? this.#leaving.get(key)
  }

  /** Those that gather. */
  gathering(): ReadonlyMap<string, Row> {
    return this.#gathering
  }

  /** Each key's row. */
  *rows(): Generator<readonly [string, Row]> {
    yield* this.#gathering
    for (const [key, row] of this.#leaving) if (!this.#gathering.has(key)) yield [key, row]
  }

  adopt(draft: ReadonlyMap<string, Row>): void {
    for (const [key, row] of draft) this.#gathering.set(key, row)
  }

  /** What is to be written now; what comes from here on gathers for the next time. Returns how many rows that are. */
  leave(): number {
    this.#leaving = this.#gathering
    this.#gathering = new Map()
    return this.#leaving.size
  }

  leaving(): ReadonlyMap<string, Row> {
    return this.#leaving
  }

  /** They are in the table. */
  left(): void {
    this.#leaving = new Map()
  }

  /** They could not be written. */
  stay(): void {
    const gathered = this.#gathering
    this.#gathering = new Map(this.#leaving)
    this.#leaving = new Map()
    this.adopt(gathered)
  }
}

/** What each table does of what it owes; in this order, `write` within a transaction, a row at a time. */
export interface OwingTable {
  /** Returns how many rows `write` will write. */
  leave(): number
  write(): Iterable<void>
  /** The transaction ended well. */
  left(): void
  /** It did not. */
  stay(): void
}
