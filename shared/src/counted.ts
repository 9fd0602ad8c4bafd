/** `1 rule`, `2 rules`: how many, and of what. `many`: where that is not `one` with an s. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`
