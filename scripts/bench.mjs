/** Makes the clone ready, then runs the benchmark on the built packages; arguments are passed on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, ROOT, run } from './run.mjs'
import { setup } from './setup.mjs'

const BENCH = join('test', 'dist', 'bench', 'run.js')

await main(async () => {
  await setup()
  if (!existsSync(join(ROOT, BENCH))) throw new Failure(`There is no benchmark yet: ${BENCH} is missing.`)
  process.exitCode = (await run(process.execPath, [BENCH, ...process.argv.slice(2)])).code
})
