import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** In-process tests run on the sources, so that they need no build; only what starts a process uses dist. */
const sources = [
  { find: /^@holdpoint\/shared$/, replacement: at('./shared/src/index.ts') },
  { find: /^@holdpoint\/server$/, replacement: at('./server/src/index.ts') },
  { find: /^@holdpoint\/server\/credentials$/, replacement: at('./server/src/credentials.ts') },
  { find: /^@holdpoint\/server\/parts$/, replacement: at('./server/src/parts.ts') },
  { find: /^@holdpoint\/client$/, replacement: at('./client-sdk/src/index.ts') },
  { find: /^@holdpoint\/client\/operator$/, replacement: at('./client-sdk/src/operator.ts') },
  { find: /^holdpoint$/, replacement: at('./cli/src/index.ts') },
]

const SECOND = 1_000
const MINUTE = 60 * SECOND

// Time-outs end what hangs. They are no measure of speed: a busy machine is slow, and that is no failure.
export default defineConfig({
  resolve: { alias: sources },
  // Node 20 has Symbol.asyncDispose but not the `await using` syntax: lower it.
  oxc: { target: 'es2022' },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{shared,server,client-sdk,console,cli,examples}/src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.{ts,mjs}',
          ],
          testTimeout: 30 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{contract,integration}/**/*.test.ts', 'test/simulation/store/*.test.ts'],
          exclude: ['**/*.long.test.ts', '**/node_modules/**', '**/dist/**'],
          globalSetup: [at('./test/harness/needed-programs.ts')],
          testTimeout: 90 * SECOND,
          hookTimeout: 90 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'docs',
          include: ['test/docs/**/*.test.ts'],
          exclude: ['**/*.long.test.ts', '**/node_modules/**', '**/dist/**'],
          globalSetup: [at('./test/harness/needed-programs.ts')],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          include: ['test/simulation/*.test.ts'],
          exclude: ['**/*.long.test.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: ['test/chaos/**/*.test.ts'],
          exclude: ['**/*.long.test.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 4 * MINUTE,
          hookTimeout: 2 * MINUTE,
          // They measure: two at once would measure each other.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/{chaos,contract,bench,docs,integration,simulation,mutations}/**/*.long.test.ts'],
          testTimeout: 20 * MINUTE,
          hookTimeout: 2 * MINUTE,
          fileParallelism: false,
        },
      },
    ],
  },
})
