/** What one message may hold of a list, in UTF-16 units of its JSON: well under 1 MiB, with room for the rest of it. */
const MAX_LENGTH = 384 * 1024

/** The first of them, as many as fit in one message; at least one, so that paging always gets on. */
export function withinLength<T extends object>(views: readonly T[]): readonly T[] {
  let length = 0
  const end = views.findIndex((view) => {
    length += JSON.stringify(view).length
    return length > MAX_LENGTH
  })
  return end < 0 ? views : views.slice(0, Math.max(1, end))
}
