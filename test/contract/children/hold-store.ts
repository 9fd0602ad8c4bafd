/** Opens the folder, says how that went on one line, and holds it until it is killed, or its parent is gone. */
import { openEmbeddedStore, systemClock } from '@holdpoint/server'

const [folder = ''] = process.argv.slice(2)
try {
  await openEmbeddedStore({ folder, clock: systemClock, pid: process.pid })
  console.log('open')
  process.stdin.resume().on('end', () => process.exit())
} catch (error) {
  console.log(String(error))
}
