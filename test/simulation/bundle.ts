/**
 * Makes the simulation one program, from the sources: Socket.IO's client and what makes ids have stand-ins in it, and
 * where asked, a mistake is put into the product on the way. What ships has no switch for either.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One text of one source module put otherwise; it must be there exactly once. */
export interface Alteration {
  /** Its path below the root: `client-sdk/src/lease.ts`. */
  readonly module: string
  readonly from: string
  readonly to: string
}

/** What this needs of vite, which vitest brings along. */
interface Vite {
  build(options: object): Promise<{ readonly output: readonly { readonly code?: string }[] }>
}

const here = import.meta.url
const top = new URL(here.endsWith('.js') ? '../../../' : '../../', here)
const root = (path: string): string => fileURLToPath(new URL(path, top))

const sources = {
  '@holdpoint/shared': root('shared/src/index.ts'),
  '@holdpoint/server/parts': root('server/src/parts.ts'),
  '@holdpoint/client/operator': root('client-sdk/src/operator.ts'),
  '@holdpoint/client': root('client-sdk/src/index.ts'),
  'socket.io-client': root('test/simulation/network/socket-io-client.ts'),
  './uuid.ts': root('test/simulation/kernel/uuid.ts'),
}

/** Returns the program's path. */
export async function bundleSimulation(
  name = 'as-it-is',
  alterations: readonly Alteration[] = [],
): Promise<string> {
  const fromVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'))
  const { build } = (await import(fromVitest.resolve('vite'))) as Vite
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    root: root('test'),
    resolve: {
      alias: Object.entries(sources).map(([find, replacement]) => ({ find: exactly(find), replacement })),
    },
    plugins: [altering(alterations)],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: root('test/simulation/main.ts'),
      target: 'node20',
      write: false,
      minify: false,
      sourcemap: 'inline',
    },
  })
  const code = output.find((chunk) => chunk.code !== undefined)?.code
  if (output.filter((chunk) => chunk.code !== undefined).length !== 1 || code === undefined)
    throw new Error('the simulation is more than one file')
  const path = root(`node_modules/.cache/simulation/${name}.mjs`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, code)
  return path
}

const exactly = (find: string): RegExp =>
  new RegExp(`^${find.replaceAll('/', '\\/').replaceAll('.', '\\.')}$`)

function altering(alterations: readonly Alteration[]) {
  const left = new Set(alterations)
  return {
    name: 'alter',
    enforce: 'pre',
    transform(code: string, id: string) {
      let altered = code
      for (const one of alterations) {
        if (!id.split('?')[0]?.endsWith(`/${one.module}`)) continue
        if (altered.split(one.from).length !== 2)
          throw new Error(`${one.module} does not hold this exactly once: ${one.from}`)
        altered = altered.replace(one.from, () => one.to)
        left.delete(one)
      }
      return altered === code ? null : { code: altered, map: null }
    },
    buildEnd() {
      const [missing] = left
      if (missing) throw new Error(`${missing.module} is no part of the simulation`)
    },
  }
}
