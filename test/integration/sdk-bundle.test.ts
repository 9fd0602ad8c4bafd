import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** What this test needs of vite, which vitest brings along. */
interface Vite {
  build(
    options: object,
  ): Promise<
    | { readonly output: readonly { readonly code?: string }[] }
    | readonly { readonly output: readonly { readonly code?: string }[] }[]
  >
}

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

it('the operator client bundles for browsers, with nothing of Node in it', async () => {
  const fromVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'))
  const { build } = (await import(fromVitest.resolve('vite'))) as Vite
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@holdpoint/shared': at('shared/src/index.ts') } },
    build: {
      write: false,
      minify: false,
      lib: { entry: at('client-sdk/src/operator.ts'), formats: ['es'], fileName: 'operator' },
    },
  })
  const code = [built]
    .flat()
    .flatMap(({ output }) => output.map((chunk) => chunk.code ?? ''))
    .join('\n')
  expect(code.match(/\bOperatorClient = class\b|class OperatorClient\b/)).not.toBeNull()
  // Vite puts a stub in the place of what only Node has, and says so by this name.
  const ofNode = /__vite-browser-external|["']node:|\bBuffer\.|\bprocess\.(env|version|on|nextTick)/
  // Socket.IO's logger asks first whether there is a process.
  expect(code.split('\n').filter((line) => ofNode.test(line) && !line.includes('typeof process'))).toEqual([])
  // A validator that compiles its schemas would need a laxer content security policy.
  expect(code.includes('ZodObject')).toBe(false)
})
