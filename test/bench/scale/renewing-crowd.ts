/**
 * Many agents that renew their leases, or as many bare connections that get an ack: a program of its own, since no process
 * may open as many sockets as it takes to measure both. Says 'up', and does as many as it is told to each time.
 */
import { newId } from '@holdpoint/shared'
import { inLanes } from '../lanes.ts'
import { ask, open, openAll } from '../sockets.ts'
import { tokenMaker } from '../tokens.ts'

/** Without a folder, whose keys sign the tokens, they are bare. */
const { HOLDPOINT_URL = '', HOLDPOINT_FOLDER, HOLDPOINT_COUNT } = process.env
/** Few enough that on a busy machine, too, each has its answer in time (PR2). */
const AT_ONCE = 16

const tokenFor = HOLDPOINT_FOLDER === undefined ? undefined : await tokenMaker(HOLDPOINT_FOLDER)
const clients = await openAll(Number(HOLDPOINT_COUNT), async (n) => {
  const socket = await open(HOLDPOINT_URL, '/agent', await tokenFor?.('agent', `crowd-${n}`))
  if (!tokenFor) return { socket, epoch: 'as long as the epoch of a run, which is this' }
  const start = { key: newId(), instance: newId(), leaseMs: 60_000 }
  const { run } = await ask<{ run: { epoch: string } }>(socket, 'run.start', start)
  return { socket, epoch: run.epoch }
})
let next = 0

process.on('message', async (count: number) => {
  await inLanes(count, AT_ONCE, async () => {
    const client = clients[next++ % clients.length]
    if (client) await ask(client.socket, 'lease.renew', { epoch: client.epoch, after: 0 })
  })
  process.send?.('done')
})
process.send?.('up')
