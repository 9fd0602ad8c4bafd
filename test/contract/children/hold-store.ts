/** Opens the folder, says how that went on one line, and holds it until it is killed. */
import { openEmbeddedStore, systemClock } from '@holdpoint/server'

const [folder = ''] = process.argv.slice(2)
try {
  await openEmbeddedStore({ folder, clock: systemClock, pid: process.pid })
  console.log('open')
  setInterval(() => {}, 60_000)
} catch (error) {
  console.log(String(error))
}
