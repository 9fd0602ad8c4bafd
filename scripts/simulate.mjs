/** Makes the clone ready, then runs seeds of the simulation; arguments are passed on. */
import { join } from 'node:path'
import { main, run } from './run.mjs'
import { setup } from './setup.mjs'

await main(async () => {
  await setup()
  const program = join('test', 'dist', 'simulation', 'replay.js')
  process.exitCode = (await run(process.execPath, [program, ...process.argv.slice(2)])).code
})
