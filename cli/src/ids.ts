import { CommandFailure, UsageError } from './exit-codes.ts'

const WHOLE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isWhole = (typed: string): boolean => WHOLE.test(typed.toLowerCase())

const PART = /^[0-9a-f-]{6,36}$/

/**
 * The id that `typed` stands for: itself when whole, else the only one that begins or ends with it.
 * `older` is read only where `known` has none.
 * Errors: UsageError for what is no part of an id, or part of several; CommandFailure where there is none.
 */
export async function findId(
  what: string,
  typed: string,
  known: Iterable<string>,
  older: () => Promise<Iterable<string>>,
): Promise<string> {
  const text = typed.toLowerCase()
  if (WHOLE.test(text)) return text
  if (!PART.test(text))
    throw new UsageError(
      `"${typed}" is not an id; give at least 6 of its last characters, as listings show them.`,
    )
  const found = matching(known, text)
  const all = found.length > 0 ? found : matching(await older(), text)
  if (all.length > 1)
    throw new UsageError(
      `"${typed}" fits ${all.length} of them; give more characters: ${all.slice(0, 5).join(', ')}.`,
    )
  const [only] = all
  if (only === undefined)
    throw new CommandFailure(`There is no ${what} whose id begins or ends with "${typed}".`)
  return only
}

const matching = (ids: Iterable<string>, part: string): string[] => [
  ...new Set([...ids].filter((id) => id.startsWith(part) || id.endsWith(part))),
]
