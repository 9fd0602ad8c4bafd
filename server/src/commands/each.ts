/** Runs `work` on every item, at most `limit` at once. Rejects with the first rejection, once the rest is done. */
export async function each<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  }
  const ended = await Promise.allSettled(Array.from({ length: limit }, worker))
  const broken = ended.find((one) => one.status === 'rejected')
  if (broken) throw broken.reason
}
