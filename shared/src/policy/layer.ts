import { builtInPolicy } from './defaults.ts'

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What a policy document says, laid over the built-in policy: objects key by key, lists and values whole. An action
 * that the built-in catalogue does not list is laid over what `unlisted` says, and keeps its `args` schema whole.
 * The result is not checked.
 */
export function layered(given: unknown): unknown {
  if (!isPlain(given)) return given
  const merged = over({ ...builtInPolicy, version: undefined }, given) as Plain
  const unlisted = merged.unlisted
  const catalogue = given.catalogue
  if (!isPlain(catalogue) || !isPlain(unlisted)) return merged
  const entries = Object.entries(catalogue).map(([action, entry]) => {
    const base = Object.hasOwn(builtInPolicy.catalogue, action) ? builtInPolicy.catalogue[action] : unlisted
    return [action, isPlain(entry) ? { ...base, ...entry } : entry]
  })
  return { ...merged, catalogue: { ...builtInPolicy.catalogue, ...Object.fromEntries(entries) } }
}

function over(base: unknown, given: unknown): unknown {
  if (!isPlain(base) || !isPlain(given)) return given
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(given))
    merged[key] = Object.hasOwn(base, key) ? over(base[key], value) : value
  return merged
}
