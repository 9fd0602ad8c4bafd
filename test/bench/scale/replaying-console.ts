/** A console that reads its feed over and over from one place on: a program of its own, so that what it does delays no other client. */
import { ask, open } from '../sockets.ts'

interface Page {
  readonly events: readonly unknown[]
  readonly cursor: string
  readonly more: boolean
}

const { HOLDPOINT_URL = '', HOLDPOINT_TOKEN, HOLDPOINT_CURSOR = '' } = process.env
const console = await open(HOLDPOINT_URL, '/operator', HOLDPOINT_TOKEN)
let seen = 0
let cursor = HOLDPOINT_CURSOR
process.on('message', () => process.send?.(seen))
for (;;) {
  const page = await ask<Page>(console, 'sync', { cursor })
  seen += page.events.length
  cursor = page.more ? page.cursor : HOLDPOINT_CURSOR
}
