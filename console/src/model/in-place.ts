/** `items` with what stood there before in its old place, what is gone included; what is new comes to the end. */
export function inPlace<T>(
  before: readonly T[],
  items: readonly T[],
  nameOf: (item: T) => string,
): readonly T[] {
  const left = new Map(items.map((item) => [nameOf(item), item]))
  const kept = before.map((item) => {
    const now = left.get(nameOf(item))
    left.delete(nameOf(item))
    return now ?? item
  })
  return [...kept, ...left.values()]
}
