/** Makes the clone ready, then runs the demonstration until it ends or is interrupted. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, main, ROOT, run } from './run.mjs'
import { setup } from './setup.mjs'

const DEMO = join('examples', 'dist', 'demo.js')

await main(async () => {
  if (!existsSync(join(ROOT, DEMO)))
    console.log(
      'The first time this installs and builds what is needed, a minute or two; later it starts at once.',
    )
  await setup()
  if (!existsSync(join(ROOT, DEMO))) throw new Failure(`There is no demonstration yet: ${DEMO} is missing.`)
  process.exitCode = (await run(process.execPath, [DEMO, ...process.argv.slice(2)])).code
})
