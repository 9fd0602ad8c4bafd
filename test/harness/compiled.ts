import { fileURLToPath } from 'node:url'

const here = import.meta.url
const root = here.endsWith('.js') ? new URL('../../../', here) : new URL('../../', here)

/** A compiled program of the repository (`npx tsc -b` comes first), by its path below the root. */
export const compiled = (path: string): string => fileURLToPath(new URL(path, root))

/** A compiled program of this package, by its path without an ending: `chaos/agent-process`. */
export const testProgram = (path: string): string => compiled(`test/dist/${path}.js`)
