/** What is to happen, by time: a binary heap. Of two things at one time, the one with the smaller `tie` comes first. */
export interface Entry {
  readonly at: number
  readonly tie: number
}

export class Agenda<T extends Entry> {
  readonly #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  get next(): T | undefined {
    return this.#heap[0]
  }

  add(entry: T): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent] as T)) break
      heap[at] = heap[parent] as T
      at = parent
    }
    heap[at] = entry
  }

  take(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as T, heap[child] as T)) child += 1
      if (!isBefore(heap[child] as T, last)) break
      heap[at] = heap[child] as T
      at = child
    }
    heap[at] = last
    return first
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie)
