/**
 * Proves the repository from a bare clone: makes it ready, then takes each step under its own heading and stops
 * at the first that fails.
 *
 *   test.mjs          everything but the long tests (also: npm run verify)
 *   test.mjs fast     unit and integration tests, without a browser, several nodes and Redis
 *   test.mjs long     the long chaos and load tests, three nodes under many faults among them, tens of thousands of simulated
 *                     schedules, rules broken on purpose
 *
 * Further arguments go to the test runner: `npm run test:fast -- approval`.
 */
import { Failure, main, must, section, tool } from './run.mjs'
import { compile, setup } from './setup.mjs'

const [mode, ...rest] = ['fast', 'long'].includes(process.argv[2])
  ? process.argv.slice(2)
  : ['all', ...process.argv.slice(2)]

const node = (sentence, program, ...args) => must(sentence, process.execPath, [tool(program), ...args])

const steps = {
  style: [
    'Format and lint',
    () =>
      node(
        'Format or lint findings: "npm run format" mends most, the rest need a hand.',
        '@biomejs/biome/bin/biome',
        'check',
        '--error-on-warnings',
      ),
  ],
  types: ['Types', compile],
  imports: [
    'Import law and cycles',
    () =>
      node(
        'An import breaks the law in .dependency-cruiser.cjs: its comment says who may know whom.',
        'dependency-cruiser/bin/dependency-cruise.mjs',
        '--config',
        '.dependency-cruiser.cjs',
        ...['shared', 'server', 'client-sdk', 'console', 'cli', 'examples'].map((name) => `${name}/src`),
        'test',
      ),
  ],
  unused: [
    'Unused code',
    () => node('Something is exported, listed or kept that nobody uses: remove it.', 'knip/bin/knip.js'),
  ],
  packages: [
    'Packages',
    async () => {
      for (const name of ['shared', 'server', 'client-sdk', 'cli']) {
        await node(
          `The package in ${name} would not work once published.`,
          'publint/src/cli.js',
          name,
          '--pack',
          'false',
        )
      }
    },
  ],
  tests: ['Unit and integration tests', () => tests('unit', 'integration')],
  quick: [
    'Unit and integration tests, without a browser, several nodes and Redis',
    () => tests('unit', 'integration', '--exclude', '**/{console-,nodes-,redis}*'),
  ],
  // Each keeps a core busy, and holds to no time: not beside the above, of which some does.
  heavy: [
    'Every snippet of the pages, simulation and crash test, side by side',
    () => tests('docs', 'simulation', 'crash'),
  ],
  measured: ['Tests that measure, one after the other', () => tests('measured')],
  long: ['Long tests', () => tests('long', 'long-alone')],
}

const plan = {
  all: ['style', 'types', 'imports', 'unused', 'packages', 'tests', 'heavy', 'measured'],
  fast: ['quick'],
  long: ['long'],
}[mode]

/** Names of projects; from the first option on, what else the test runner is told. */
function tests(...args) {
  const options = args.findIndex((arg) => arg.startsWith('--'))
  const projects = options < 0 ? args : args.slice(0, options)
  return node(
    'A test fails: its name and the difference are above.',
    'vitest/vitest.mjs',
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    ...args.slice(projects.length),
    ...rest,
  )
}

await main(async () => {
  const since = Date.now()
  await setup({ build: !plan.includes('types') })
  for (const name of plan) {
    const [title, work] = steps[name]
    try {
      await section(title, work)
    } catch (error) {
      if (error instanceof Failure) error.message = `${title}: ${error.message}`
      throw error
    }
  }
  console.log(`\n✓ All passed in ${((Date.now() - since) / 1000).toFixed(1)} s.`)
})
