import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

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

/** Files one after another in the same processes: to load all anew for each takes longer than most of them do. */
const SHARED_PROCESS = { isolate: false, setupFiles: [at('./test/harness/leave-as-found.ts')] }

/** As many as there are cores, of what keeps them busy; not at the same time as the others. */
const TWO_AT_ONCE = { maxWorkers: 2, sequence: { groupOrder: 1 } }

/** Long tests that hold to no time and leave cores idle: two at once. */
const LONG_SIDE_BY_SIDE = [
  'test/chaos/{power-cut,factor-races}.long.test.ts',
  'test/{contract,docs,integration}/**/*.long.test.ts',
]

/** By far the longest, in the order in which they begin: else the end of a run would wait for one of them on one core. */
const LONGEST = [
  'test/docs/snippets.test.ts',
  'test/chaos/crash.test.ts',
  'test/simulation/simulation.test.ts',
  'test/integration/cli-process.test.ts',
  'test/integration/gateway-password.test.ts',
  'test/chaos/power-cut.long.test.ts',
]

/** Looks at what V8 makes of objects, which depends on all that the process has seen before. */
const IN_A_FRESH_PROCESS = 'server/src/domain/hidden-classes.test.ts'

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

// Time-outs end what hangs. They are no measure of speed: a busy machine is slow, and that is no failure.
export default defineConfig({
  resolve: { alias: sources },
  // Node 20 has Symbol.asyncDispose but not the `await using` syntax: lower it.
  oxc: { target: 'es2022' },
  test: {
    pool: 'forks',
    // One more than the two cores that are expected: much of a test is waiting.
    maxWorkers: 3,
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{shared,server,client-sdk,console,cli,examples}/src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.{ts,mjs}',
            'test/chaos/{check-history,checks/*}.test.ts',
          ],
          exclude: [IN_A_FRESH_PROCESS, '**/node_modules/**', '**/dist/**'],
          ...SHARED_PROCESS,
          testTimeout: 30 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{contract,integration}/**/*.test.ts', 'test/simulation/store/*.test.ts'],
          exclude: ['**/*.long.test.ts', '**/node_modules/**', '**/dist/**'],
          ...SHARED_PROCESS,
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
          ...TWO_AT_ONCE,
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
          ...TWO_AT_ONCE,
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: ['test/chaos/crash.test.ts'],
          ...TWO_AT_ONCE,
          testTimeout: 8 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'measured',
          include: ['test/chaos/{nodes,stop,stop-bound}.test.ts', IN_A_FRESH_PROCESS],
          testTimeout: 4 * MINUTE,
          hookTimeout: 2 * MINUTE,
          // Two at once would measure each other.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: LONG_SIDE_BY_SIDE,
          ...TWO_AT_ONCE,
          testTimeout: 20 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'long-alone',
          include: ['test/{chaos,contract,bench,docs,integration,simulation,mutations}/**/*.long.test.ts'],
          exclude: [...LONG_SIDE_BY_SIDE, '**/node_modules/**', '**/dist/**'],
          testTimeout: 20 * MINUTE,
          hookTimeout: 2 * MINUTE,
          // They measure, or keep both cores busy by themselves.
          fileParallelism: false,
        },
      },
    ],
  },
})
