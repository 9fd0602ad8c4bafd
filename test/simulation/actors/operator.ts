/** A person at a console: the real client, who decides, answers and intervenes, and asks again until told. */
import { HoldpointError, OperatorClient, OutcomeUnknownError } from '@holdpoint/client/operator'
import type { Principal } from '@holdpoint/server/parts'
import type { ApprovalView, TicketView } from '@holdpoint/shared'
import type { Random } from '../../harness/random.ts'
import { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import { tokenOf } from './token.ts'

export interface OperatorParts {
  readonly world: World
  readonly name: string
  readonly rate: () => number
  readonly agents: readonly string[]
  /** What one way through the network takes, about. */
  readonly latencyMs: number
}

/** How an agent is held. */
export type Hold = 'pause' | 'stop' | 'order'

/** The dice that come to it. */
const HOLDS: Readonly<Record<Hold, number>> = { pause: 0.5, stop: 0.7, order: 0.9 }

interface Given {
  readonly key: string
}

const RETRIED: ReadonlySet<string> = new Set([
  'unavailable',
  'unknown',
  'draining',
  'rate_limited',
  'internal',
])
const TRY_MS = 2_500
const RELEASE_EVERY_MS = 3_000

export class Operator {
  readonly machine: Machine
  readonly principal: Principal
  #client: OperatorClient | undefined
  #calming = false
  #toldToCalm = (): void => {}
  readonly #mustCalm = new Promise<void>((resolve) => {
    this.#toldToCalm = resolve
  })
  #calmed = false
  #busy = 0
  #holds = 0
  readonly #parts: OperatorParts
  readonly #orders = new Set<string>()
  readonly #putOff = new Set<string>()

  constructor(parts: OperatorParts) {
    const { world, name, rate } = parts
    this.#parts = parts
    this.machine = new Machine(world, name, { rate: rate() })
    this.principal = {
      tenant: 'acme',
      id: name,
      role: 'admin',
      labels: {},
      jti: name,
      issuedAt: 0,
      expiresAt: Number.MAX_SAFE_INTEGER,
    }
  }

  start(): void {
    const { world } = this.#parts
    world.schedule(this.machine, 0, 'start', () => {
      this.#client = new OperatorClient({
        url: 'http://any',
        token: tokenOf(this.principal),
        clocks: this.machine.clocks,
        timeoutMs: TRY_MS,
      })
      for (const work of [this.#deciding(), this.#intervening()]) work.catch((error) => world.defect(error))
    })
  }

  /** Ends the interventions and lets every agent go on; decisions go on. */
  calm(): void {
    this.#calming = true
    this.#parts.world.schedule(this.machine, 0, 'calm', this.#toldToCalm)
  }

  /** So long, or until it is to be calm. */
  async #meanwhile(ms: number): Promise<void> {
    await Promise.race([this.machine.wait(ms), this.#mustCalm])
  }

  /** Calmed, and nothing of it is under way. */
  get isCalm(): boolean {
    return this.#calmed && this.#busy + this.#holds === 0
  }

  get #chance(): Random {
    return this.#parts.world.chance
  }

  get client(): OperatorClient {
    if (!this.#client) throw new Error('not started')
    return this.#client
  }

  /** Until there is an answer: what it was done with, or undefined where it was refused. */
  async #persist<T>(command: (given: Given) => Promise<T>, key: string): Promise<T | undefined> {
    this.#busy += 1
    try {
      for (;;) {
        try {
          return await command({ key })
        } catch (error) {
          if (!(error instanceof HoldpointError)) throw error
          if (!(error instanceof OutcomeUnknownError || RETRIED.has(error.code))) return undefined
          await this.machine.wait(50)
        }
      }
    } finally {
      this.#busy -= 1
    }
  }

  /** Now and then it asks again for what it knows: the first answer must come again (PR2). */
  async #command<T>(send: (given: Given) => Promise<T>, key: string): Promise<T | undefined> {
    const done = await this.#persist(send, key)
    if (done !== undefined && this.#chance.chance(0.1)) await this.#persist(send, key)
    return done
  }

  // ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────

  async #deciding(): Promise<void> {
    await this.client.ready()
    for (;;) {
      await this.machine.wait(this.#chance.between(50, 600))
      const { approvals, tickets } = this.client.replica
      const waiting = [...approvals.values()].filter(({ held, id }) => !held && !this.#putOff.has(id))
      const asked = [...tickets.values()]
      if (waiting.length > 0) await this.#decide(this.#chance.pick(waiting))
      else if (asked.length > 0) await this.#answer(this.#chance.pick(asked))
    }
  }

  /** Some decisions are made when the time is just about to be up, or is. */
  async #decide(approval: ApprovalView): Promise<void> {
    const decide = this.#decision(approval)
    if (approval.expiresAt === undefined || this.#calming || !this.#chance.chance(0.25)) return decide()
    this.#putOff.add(approval.id)
    const leftMs = Date.parse(approval.expiresAt) - this.client.serverNow()
    this.machine.after(Math.max(0, leftMs + this.#chance.between(-6 * this.#parts.latencyMs, 5)), () => {
      decide().catch((error: unknown) => this.#parts.world.defect(error))
    })
  }

  #decision(approval: ApprovalView): () => Promise<void> {
    const { client } = this
    const key = this.#parts.world.newId()
    const dice = this.#chance.next()
    return async () => {
      await this.#command<unknown>((given) => {
        if (dice < 0.6) return client.approve(approval, { note: key, ...given })
        if (dice < 0.68) return client.approve(approval, { note: key, args: { edited: key }, ...given })
        return dice < 0.92 ? client.deny(approval, key, given) : client.respond(approval, key, given)
      }, key)
    }
  }

  async #answer(ticket: TicketView): Promise<void> {
    const { client } = this
    await this.#command<unknown>(
      (given) =>
        ticket.kind === 'question'
          ? client.answer(ticket.id, 'yes', given)
          : client.resolve(ticket.id, { resolution: 'looked at it', ...given }),
      this.#parts.world.newId(),
    )
  }

  // ── intervening ───────────────────────────────────────────────────────────────────────────────────────────────

  async #intervening(): Promise<void> {
    await this.client.ready()
    while (!this.#calming) {
      await this.#meanwhile(this.#chance.between(300, 3_000))
      if (!this.#calming) await this.#intervene()
    }
    // Another operator's stop may come after this one's calm.
    for (const id of this.#orders) await this.#lift(id)
    this.#calmed = true
  }

  /** Holds this agent now, and lets it go on after a while. */
  hold(agent: string, how: Hold = this.#chance.pick(['pause', 'stop', 'order', 'order'])): void {
    this.#parts.world.schedule(this.machine, 0, 'hold', () => {
      if (this.#calming) return
      this.#holds += 1
      this.#intervene(agent, HOLDS[how])
        .catch((error: unknown) => this.#parts.world.defect(error))
        .finally(() => {
          this.#holds -= 1
        })
    })
  }

  async #intervene(agent = this.#chance.pick(this.#parts.agents), dice = this.#chance.next()): Promise<void> {
    const { client } = this
    const { world } = this.#parts
    const [first, second] = [world.newId(), world.newId()]
    if (dice < 0.4) await this.#command((given) => client.inject(agent, first, undefined, given), first)
    else if (dice < 0.6) {
      const paused = await this.#command((given) => client.pause(agent, first, given), first)
      if (!paused) return
      await this.#meanwhile(this.#chance.between(50, 4_000))
      await this.#command((given) => client.resume(agent, second, given), second)
    } else if (dice < 0.8) {
      await this.#command((given) => client.stop(agent, first, given), first)
      await this.#meanwhile(this.#chance.between(10, 4_000))
      await this.#command((given) => client.reinstate(agent, second, given), second)
    } else await this.#order(first, agent)
  }

  async #order(key: string, agent: string): Promise<void> {
    const { client } = this
    const labels = `team=${agent.split('-')[0]}`
    const isStop = this.#chance.chance(0.3)
    const placed = await this.#command(
      (given) => (isStop ? client.stop({ labels }, key, given) : client.pause({ labels }, key, given)),
      key,
    )
    const id = placed?.order?.id
    if (id === undefined) return
    this.#orders.add(id)
    await this.#meanwhile(this.#chance.between(50, 5_000))
    await this.#lift(id)
    if (!isStop) return
    for (const agent of this.#parts.agents) {
      const reinstate = this.#parts.world.newId()
      await this.#command((given) => client.reinstate(agent, reinstate, given), reinstate)
    }
  }

  async #lift(id: string): Promise<void> {
    await this.#persist((given) => this.client.liftOrder(id, 'it is over', given), this.#parts.world.newId())
    this.#orders.delete(id)
  }

  /**
   * Lets every agent go on that is held, again and again: a pause outlives the run that it was given in, and a store that
   * lost its last moments may have brought back an order.
   */
  async release(): Promise<void> {
    for (;;) {
      const orders = await this.#persist(() => this.client.orders(), '')
      for (const { id } of orders ?? []) await this.#lift(id)
      for (const agent of this.#parts.agents) {
        const [resume, reinstate] = [this.#parts.world.newId(), this.#parts.world.newId()]
        await this.#persist((given) => this.client.resume(agent, resume, given), resume)
        await this.#persist((given) => this.client.reinstate(agent, reinstate, given), reinstate)
      }
      await this.machine.wait(RELEASE_EVERY_MS)
    }
  }
}
