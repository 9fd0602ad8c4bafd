/** What is pushed comes out once, in order, to whoever awaits; several readers share it. */
export class AsyncQueue<T> {
  readonly #items: T[] = []
  readonly #readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = []
  readonly #capacity: number
  #end: { readonly error?: unknown } | undefined

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity
  }

  /** False when it is full or has ended. */
  push(item: T): boolean {
    if (this.#end || this.#items.length >= this.#capacity) return false
    const reader = this.#readers.shift()
    if (reader) reader.resolve({ done: false, value: item })
    else this.#items.push(item)
    return true
  }

  /** What is queued still comes out; then readers are done, or get the error. */
  end(error?: unknown): void {
    if (this.#end) return
    this.#end = error === undefined ? {} : { error }
    for (const reader of this.#readers.splice(0))
      if (error === undefined) reader.resolve({ done: true, value: undefined })
      else reader.reject(error)
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#items.shift() as T })
    if (this.#end)
      return 'error' in this.#end
        ? Promise.reject(this.#end.error)
        : Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }))
  }
}
