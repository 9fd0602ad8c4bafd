/** One after the other for each of `count`, and so many of them at once. */
export async function inLanes(
  count: number,
  lanes: number,
  one: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < count) await one(next++)
    }),
  )
}
