import type { ApprovalView, Feed, Push, RequestAnswer } from '@holdpoint/shared'
import { newId } from '@holdpoint/shared'
import type { Socket } from 'socket.io-client'
import { inLanes } from './lanes.ts'
import { ask, open, openAll } from './sockets.ts'

/** Something that an agent can ask and a person can release. */
export interface Driver extends AsyncDisposable {
  /** How many can be under way at once. */
  readonly slots: number
  /** From the request until its agent has the decision. */
  roundTrip(): Promise<void>
  /** What comes after a release: each is begun and reported, so many at once. Returns how many there were. */
  finish(atOnce: number): Promise<number>
}

/** How large the arguments are that are asked for; the relay carries the same. */
const ARGS = { url: 'https://api.example/v1/orders', method: 'POST', body: { note: 'x'.repeat(200) } }

/**
 * More agents than are ever under way at once, used in turn: each then holds few released actions, as agents do that
 * begin at once what was released.
 */
const AGENTS = 512

/** What an agent may begin now. */
interface Released {
  readonly agent: { readonly socket: Socket; readonly instance: string; readonly epoch: string }
  readonly id: string
  readonly digest: string
}

/** Where agents and the console connect: the same server, or two nodes. */
export interface Places {
  readonly agents: string
  readonly console: string
}

export async function driveHoldpoint(
  { agents: agentsAt, console: consoleAt }: Places,
  tokenFor: (role: 'agent' | 'admin', subject: string) => Promise<string>,
  count = AGENTS,
): Promise<Driver> {
  const decisions = new Decisions()
  const approving = new Approving()
  const agents = await openAll(count, async (n) => {
    const socket = await open(agentsAt, '/agent', await tokenFor('agent', `bench-${n}`))
    socket.on('push', ({ items }: Push) => {
      for (const item of items) if (item.type === 'approval.settled') decisions.came(item.data.id)
    })
    return { socket, instance: newId(), epoch: '' }
  })
  const console = await open(consoleAt, '/operator', await tokenFor('admin', 'ana'))
  await ask(console, 'sync', {})
  console.on('feed', ({ events }: Feed) => {
    for (const { type, data } of events) {
      if (type !== 'approval.requested') continue
      const { id, revision, digest } = data.approval as ApprovalView
      approving.add(ask(console, 'approval.approve', { key: newId(), id, revision, digest }))
    }
  })

  await Promise.all(
    agents.map(async (agent) => {
      const { socket, instance } = agent
      const { run } = await ask<{ run: { epoch: string } }>(socket, 'run.start', { key: newId(), instance })
      agent.epoch = run.epoch
    }),
  )
  const released: Released[] = []
  let turn = 0

  return {
    slots: count,
    async roundTrip() {
      const agent = agents[turn++ % count] as (typeof agents)[number]
      const key = newId()
      const { action } = await ask<RequestAnswer>(agent.socket, 'action.request', {
        key,
        epoch: agent.epoch,
        action: 'api_call',
        args: { ...ARGS, key },
        blocking: false,
      })
      await decisions.of(action.id)
      const { id, digest } = action
      released.push({ agent, id, digest })
    },
    async finish(atOnce) {
      const all = released.splice(0)
      await inLanes(all.length, atOnce, async (n) => {
        const { agent, id, digest } = all[n] as Released
        const { socket, instance, epoch } = agent
        await ask(socket, 'action.begin', { key: newId(), epoch, instance, id, digest })
        await ask(socket, 'action.report', { key: newId(), epoch, id, outcome: 'success' })
      })
      return all.length
    },
    async [Symbol.asyncDispose]() {
      await approving.done()
      for (const { socket } of agents) socket.disconnect()
      console.disconnect()
    },
  }
}

export async function driveRelay(
  { agents: agentsAt, console: consoleAt }: Places,
  count = AGENTS,
): Promise<Driver> {
  const decisions = new Decisions()
  const approving = new Approving()
  const agents = await openAll(count, async () => {
    const socket = await open(agentsAt, '/agent')
    socket.on('push', ({ id }: { readonly id: string }) => decisions.came(id))
    return socket
  })
  const console = await open(consoleAt, '/operator')
  console.on('feed', ({ id, from }: { readonly id: string; readonly from: string }) => {
    approving.add(ask(console, 'approval.approve', { key: newId(), id, from }))
  })
  let turn = 0
  return {
    slots: count,
    async roundTrip() {
      const socket = agents[turn++ % count] as Socket
      const id = newId()
      await ask(socket, 'action.request', { id, action: 'api_call', args: { ...ARGS, key: id } })
      await decisions.of(id)
    },
    finish: async () => 0,
    async [Symbol.asyncDispose]() {
      await approving.done()
      for (const socket of agents) socket.disconnect()
      console.disconnect()
    },
  }
}

/** The console's requests that have no answer yet: an agent may know of a decision before the console does. */
class Approving {
  readonly #open = new Set<Promise<unknown>>()

  add(asked: Promise<unknown>): void {
    this.#open.add(asked)
    asked.finally(() => this.#open.delete(asked)).catch(() => {})
  }

  async done(): Promise<void> {
    await Promise.all(this.#open)
  }
}

/** Who waits for which decision. One may be known before its agent has come to wait for it. */
class Decisions {
  readonly #waiting = new Map<string, () => void>()
  readonly #early = new Set<string>()

  came(id: string): void {
    const decided = this.#waiting.get(id)
    if (decided) decided()
    else this.#early.add(id)
  }

  async of(id: string): Promise<void> {
    if (this.#early.delete(id)) return
    await new Promise<void>((resolve) => this.#waiting.set(id, resolve))
    this.#waiting.delete(id)
  }
}

/** One round: `count` round trips, so many of them under way at once. */
export interface Round {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export async function runRound(driver: Driver, outstanding: number, count: number): Promise<Round> {
  if (outstanding > driver.slots) throw new Error(`there are only ${driver.slots} agents`)
  const tookMs: number[] = []
  const startedAt = performance.now()
  await inLanes(count, outstanding, async () => {
    const askedAt = performance.now()
    await driver.roundTrip()
    tookMs.push(performance.now() - askedAt)
  })
  const elapsedMs = performance.now() - startedAt
  tookMs.sort((a, b) => a - b)
  const at = (share: number): number => tookMs[Math.ceil(share * tookMs.length) - 1] ?? 0
  return { perSecond: (count / elapsedMs) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99) }
}
