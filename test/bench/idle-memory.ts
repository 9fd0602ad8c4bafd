import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@holdpoint/shared'
import type { ProcessUsage } from '../harness/process-usage.ts'
import { startHoldpoint, startRelay } from './servers.ts'
import { ask, open, openAll } from './sockets.ts'
import { tokenMaker } from './tokens.ts'

/** What connected clients that do nothing cost a fresh server. Unit: bytes of resident memory each. */
export interface IdleMemory {
  readonly clients: number
  readonly agentBytes: number
  readonly bareBytes: number
}

export async function measureIdle(clients: number, pinned: boolean): Promise<IdleMemory> {
  return { clients, agentBytes: await agents(clients, pinned), bareBytes: await bare(clients, pinned) }
}

/** Each with a token, a run and a lease of its own. */
async function agents(clients: number, pinned: boolean): Promise<number> {
  await using holdpoint = await startHoldpoint(pinned)
  const { url, folder } = holdpoint.server
  const tokenFor = await tokenMaker(folder)
  const before = await settled(holdpoint)
  const sockets = await openAll(clients, async (n) => {
    const socket = await open(url, '/agent', await tokenFor('agent', `idle-${n}`))
    await ask(socket, 'run.start', { key: newId(), instance: newId() })
    return socket
  })
  const after = await settled(holdpoint)
  for (const socket of sockets) socket.disconnect()
  return (after - before) / clients
}

async function bare(clients: number, pinned: boolean): Promise<number> {
  await using relay = await startRelay(pinned)
  const before = await settled(relay)
  const sockets = await openAll(clients, () => open(relay.url, '/agent'))
  const after = await settled(relay)
  for (const socket of sockets) socket.disconnect()
  return (after - before) / clients
}

const LOOK_MS = 500
/** Still enough: less than a hundredth more or less between two looks. */
const STILL = 0.01
const LOOKS = 20

/** Once it no longer moves: right after a burst, a heap holds what the next collection frees. */
async function settled(process: ProcessUsage): Promise<number> {
  let last = process.rss()
  for (let look = 0; look < LOOKS; look++) {
    await sleep(LOOK_MS)
    const now = process.rss()
    if (look > 3 && Math.abs(now - last) < STILL * last) return now
    last = now
  }
  return last
}
