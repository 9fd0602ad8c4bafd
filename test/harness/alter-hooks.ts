import type { Alteration } from './server-process.ts'

let alterations: readonly Alteration[] = []

export function initialize(data: string): void {
  alterations = JSON.parse(data)
}

interface Loaded {
  readonly format: string
  readonly source?: string | Uint8Array | null
}

type Load = (url: string, context: object) => Promise<Loaded>

/** A text that is not there exactly once is a test that would prove nothing: the program does not start. */
export async function load(url: string, context: object, next: Load): Promise<Loaded> {
  const loaded = await next(url, context)
  const mine = alterations.filter(({ module }) => url.endsWith(module))
  if (mine.length === 0) return loaded
  const text =
    typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined)
  const source = mine.reduce((altered, { module, from, to }) => {
    if (altered.split(from).length !== 2)
      throw new Error(`${module} does not hold this exactly once: ${from}`)
    return altered.replace(from, () => to)
  }, text)
  return { ...loaded, source }
}
