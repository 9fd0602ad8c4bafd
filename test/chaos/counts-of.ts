/** How many there are of each name. */
export function countsOf(all: readonly { readonly name: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { name } of all) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
