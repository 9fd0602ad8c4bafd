/** Measures what an agent pays for each checkpoint that it passes: a program of its own, with room for what it may allocate. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentClient } from '@holdpoint/client'

export interface CheckpointCost {
  /** Of the fastest of some rounds, ns of the processor. */
  readonly nsEach: number
  /** What the heap grew by, with nothing collected meanwhile. */
  readonly bytesEach: number
}

const ROUNDS = 20
const CALLS = 200_000

const client = new AgentClient({
  url: process.env.HOLDPOINT_URL ?? '',
  token: process.env.HOLDPOINT_TOKEN ?? '',
  leaseMs: 60_000,
})
await client.start()

/** Called from a place of its own, so that it is compiled as an agent's loop would be. */
function pass(calls: number): void {
  for (let call = 0; call < calls; call++) void client.checkpoint()
}

// compiled, which another thread does, and what compiling it left is out of the way
for (let warmUp = 0; warmUp < 5; warmUp++) {
  pass(CALLS)
  await sleep(100)
}

let nsEach = Number.POSITIVE_INFINITY
let bytesEach = Number.POSITIVE_INFINITY
for (let round = 0; round < ROUNDS; round++) {
  const { heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  pass(CALLS)
  const cpu = process.cpuUsage()
  const grown = process.memoryUsage().heapUsed - heapUsed
  nsEach = Math.min(nsEach, ((cpu.user + cpu.system - user - system) * 1_000) / CALLS)
  // less than nothing: something was collected in between, and that round says nothing
  if (grown >= 0) bytesEach = Math.min(bytesEach, grown / CALLS)
}
await client.complete()
await client.close()
process.send?.({ nsEach, bytesEach } satisfies CheckpointCost, () => process.disconnect())
