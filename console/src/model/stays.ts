/** Since when which names are there, so that what is there for a moment only can be left alone. Times: ms, of one clock. */
export class Stays {
  #since: ReadonlyMap<string, number> = new Map()

  /** Those that are there now; one that was away begins anew. */
  note(names: readonly string[], now: number): void {
    this.#since = new Map(names.map((name) => [name, this.#since.get(name) ?? now]))
  }

  /** Those that have been there for so long. */
  longerThan(ms: number, now: number): ReadonlySet<string> {
    return new Set([...this.#since].flatMap(([name, since]) => (now - since >= ms ? [name] : [])))
  }
}
