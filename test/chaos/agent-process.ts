/**
 * An agent at work in a process of its own, to be killed at any moment. What it asks for it writes into a journal
 * first, and asks for again under the same key in its next life; its acts and its whole wire go into a log that
 * survives it. Lines are written with O_APPEND in one call each: a kill leaves them whole.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ActionFailure, AgentClient, AgentStoppedError, HoldpointError } from '@holdpoint/client'
import { newId } from '@holdpoint/shared'
import { random } from '../harness/random.ts'
import { tapWire } from '../harness/wire-tap.ts'
import type { AgentOrders, FromAgent, ToAgent } from './agent-messages.ts'
import type { Act } from './history.ts'
import { isCommand } from './observed.ts'

const orders = JSON.parse(process.argv[2] ?? '{}') as AgentOrders
const { agent, folder, url, token, seed, leaseMs, workers, runLength } = orders
const chance = random(seed)
const log = openSync(join(folder, `${agent}.log`), 'a')
const journalPath = join(folder, `${agent}.journal`)
const journal = openSync(journalPath, 'a')
const write = (file: number, line: object): void => void writeSync(file, `${JSON.stringify(line)}\n`)
const tell = (message: FromAgent): void => void process.send?.(message)

interface Asked {
  readonly key: string
  readonly action: string
  readonly args: object
}

tapWire(isCommand, (tapped) => write(log, tapped))

const client = new AgentClient({ url, token, leaseMs, takeover: true })
let draining = orders.draining
let asked = 0

/** Without `blocking`, one agent has many things open at once. */
async function act({ key, action, args }: Asked): Promise<void> {
  await client.run(
    action,
    args,
    async (_args, { id, digest }) => {
      const line: Act = { kind: 'act', at: Date.now(), agent, epoch: client.held?.epoch ?? '', id, digest }
      write(log, line)
      if (chance.chance(0.1)) throw new ActionFailure('it did not work', { severity: 0.1 })
    },
    { key, blocking: false },
  )
}

async function once(entry: Asked): Promise<void> {
  try {
    await act(entry)
  } catch (error) {
    if (error instanceof AgentStoppedError) throw error
    if (!(error instanceof ActionFailure || error instanceof HoldpointError)) throw error
  }
  write(journal, { done: entry.key })
}

function nextAction(): Asked {
  const key = newId()
  const action = chance.pick(['read_file', 'read_file', 'api_call', 'api_call', 'send_email'])
  const entry = { key, action, args: { mark: key, n: chance.between(1, 1_000) } }
  write(journal, entry)
  return entry
}

async function ask(): Promise<void> {
  await client.ask(newId(), { timeoutMs: chance.between(1_000, 3_000), blocking: chance.chance(0.2) })
}

async function worker(): Promise<void> {
  while (!draining && asked < runLength) {
    asked += 1
    await client.checkpoint()
    const dice = chance.next()
    if (dice < 0.12) await ask()
    else if (dice < 0.16) await client.escalate('user_request', { mark: newId() })
    else await once(nextAction())
  }
}

/** What an earlier life asked for and did not live to see the end of. */
function unfinished(): readonly Asked[] {
  if (!existsSync(journalPath)) return []
  const lines = readFileSync(journalPath, 'utf8').split('\n').filter(Boolean)
  const entries = lines.map((line) => JSON.parse(line) as Asked | { readonly done: string })
  const done = new Set(entries.flatMap((entry) => ('done' in entry ? [entry.done] : [])))
  return entries.filter((entry): entry is Asked => 'key' in entry && !done.has(entry.key))
}

async function answerInstructions(): Promise<void> {
  for await (const instruction of client.instructions())
    await (chance.chance(0.8) ? instruction.applied('done') : instruction.declined('no'))
}

let close = (): void => {}
const closed = new Promise<void>((resolve) => {
  close = resolve
})
process.on('message', (message: ToAgent) => {
  if (message === 'drain') draining = true
  if (message === 'close') close()
})
// Nobody is left to work for.
process.on('disconnect', () => process.exit(0))

async function live(): Promise<void> {
  await client.start()
  const instructions = answerInstructions()
  tell({ kind: 'started' })
  for (const entry of unfinished()) await once(entry)
  await Promise.all(Array.from({ length: workers }, worker))
  if (draining) {
    tell({ kind: 'drained' })
    await Promise.race([closed, instructions])
    await client.close()
  } else await client.complete()
  await instructions
}

try {
  await live()
} catch (error) {
  // Stopped by a person, locked, or superseded: another life may follow.
  if (!(error instanceof HoldpointError)) throw error
  tell({ kind: 'ended', code: error.code })
}
closeSync(log)
process.exit(0)
