/** What is pushed comes out once, in order, to whoever awaits; several readers share it. */
export class AsyncQueue<T> {
  readonly #items: T[] = []
  readonly #readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = []
  readonly #capacity: number
  readonly #isOpen: () => boolean
  #end: { readonly error?: unknown } | undefined

  /** `isOpen`: whether anything may come out now; call `look` when that has changed. */
  constructor(capacity = Number.POSITIVE_INFINITY, isOpen: () => boolean = () => true) {
    this.#capacity = capacity
    this.#isOpen = isOpen
  }

  /** False when it is full or has ended. */
  push(item: T): boolean {
    if (this.#end || this.#items.length >= this.#capacity) return false
    this.#items.push(item)
    this.look()
    return true
  }

  /** What is queued still comes out, if it may; then readers are done, or get the error. */
  end(error?: unknown): void {
    if (this.#end) return
    this.#end = error === undefined ? {} : { error }
    this.look()
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject })
      this.look()
    })
  }

  /** Serves whoever waits as far as that can be done. */
  look(): void {
    while (this.#readers.length > 0 && this.#items.length > 0 && this.#isOpen())
      this.#readers.shift()?.resolve({ done: false, value: this.#items.shift() as T })
    const end = this.#end
    if (!end) return
    for (const reader of this.#readers.splice(0))
      if ('error' in end) reader.reject(end.error)
      else reader.resolve({ done: true, value: undefined })
  }
}
