import { SECOND } from '@holdpoint/shared'
import { session } from './session.ts'

const LOOK_EVERY_MS = 2 * SECOND
/** A timer that comes so late means that the machine, or this page, was asleep. */
const ASLEEP_MS = 6 * SECOND

/**
 * A machine that wakes, a network that comes back, a page that is looked at again: each may hold a connection that died
 * unnoticed, and what it shows is then old. So the connection is tried at once instead of being missed in time.
 */
export function followWake(): void {
  const probe = () => void session.peek()?.client.probe()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') probe()
  })
  // after a freeze of the page (Page Lifecycle)
  document.addEventListener('resume', probe)
  for (const name of ['online', 'pageshow']) addEventListener(name, probe)
  let last = Date.now()
  setInterval(() => {
    const at = Date.now()
    if (at - last > ASLEEP_MS) probe()
    last = at
  }, LOOK_EVERY_MS)
}
