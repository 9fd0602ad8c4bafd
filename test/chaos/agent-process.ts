/**
 * Agents at work in a process of their own, to be killed at any moment. Their acts and their whole wire go into a log that
 * survives it.
 */
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { random } from '../harness/random.ts'
import { tapWire } from '../harness/wire-tap.ts'
import { liveOn, writeLine } from './agent-lives.ts'
import type { AgentOrders, FromAgent, ToAgent } from './agent-messages.ts'
import { isCommand } from './observed.ts'

const { name, members, folder, seed, ...orders } = JSON.parse(process.argv[2] ?? '{}') as AgentOrders
const COUNT_EVERY_MS = 250

const chance = random(seed)
const log = openSync(join(folder, `${name}.log`), 'a')
const tell = (message: FromAgent): void => void process.send?.(message)
const stalls = monitorEventLoopDelay({ resolution: 10 })
stalls.enable()
let sent = 0

tapWire(isCommand, (tapped) => {
  if (tapped.kind === 'sent') sent += 1
  writeLine(log, tapped)
})
setInterval(() => {
  tell({ kind: 'sent', count: sent, stallMs: stalls.max / 1e6 })
  sent = 0
  stalls.reset()
}, COUNT_EVERY_MS).unref()

const lives = members.map(({ agent, token }) =>
  liveOn({
    ...orders,
    agent,
    token,
    folder,
    chance: random(chance.between(1, 1e9)),
    note: (act) => writeLine(log, act),
    tell,
  }),
)
process.on('message', (message: ToAgent) => {
  for (const one of lives) message === 'drain' ? one.drain() : one.close()
})
// Nobody is left to work for.
process.on('disconnect', () => process.exit(0))

await Promise.all(lives.map(({ over }) => over))
process.exit(0)
