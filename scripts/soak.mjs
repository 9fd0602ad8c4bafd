/** Makes the clone ready, then breaks three nodes again and again: `npm run soak -- --hours 8`. Needs redis-server and haproxy. */
import { join } from 'node:path'
import { main, run } from './run.mjs'
import { setup } from './setup.mjs'

await main(async () => {
  await setup()
  const soak = join('test', 'dist', 'chaos', 'soak-process.js')
  process.exitCode = (await run(process.execPath, [soak, ...process.argv.slice(2)])).code
})
