import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import everyday from '../../vitest.config.ts'
import { mutations } from './mutations.ts'

/**
 * Puts the mistake in while the module is loaded: the sources on disk are not touched.
 * @param {import('./mutations.ts').Mutation} mutation
 */
const mistaken = ({ module, from, to }) => ({
  name: 'mistaken',
  enforce: /** @type {const} */ ('pre'),
  /** @param {string} code @param {string} id */
  transform(code, id) {
    if (!id.split('?')[0].endsWith(`/${module}`)) return undefined
    if (code.split(from).length !== 2) throw new Error(`${module} does not hold this exactly once: ${from}`)
    return { code: code.replace(from, () => to), map: null }
  },
})

/** Each result as a line of JSON, with the project that says whose mistake it is. */
const toFile = {
  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const line = {
      mutation: Number(test.project.name.slice('mistake-'.length)),
      test: test.fullName,
      state: test.result().state,
    }
    appendFileSync(process.env.HOLDPOINT_MUTATIONS_TOLD ?? '', `${JSON.stringify(line)}\n`)
  },
}

/** One project per mistake, all in one process. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: everyday.resolve,
  oxc: everyday.oxc,
  test: {
    pool: 'forks',
    // Most of the time is waiting for what a mistake keeps from ever coming.
    maxWorkers: 4,
    reporters: [toFile],
    projects: mutations.map((mutation, index) => ({
      extends: true,
      plugins: [mistaken(mutation)],
      test: {
        name: `mistake-${index}`,
        include: [...mutation.tests],
        provide: { rule: mutation.rule },
        setupFiles: [fileURLToPath(new URL('only-its-rule.ts', import.meta.url))],
        // what a mistake keeps from ever coming is not waited for longer
        testTimeout: 30_000,
        hookTimeout: 30_000,
      },
    })),
  },
})
