/**
 * What nobody in the simulation can know: when each change really took effect, and from when on a process must not act
 * any more because of it, in true time.
 */
import type { Change, StoredEvent } from '@holdpoint/server'
import type { AgentDocument, OrdersDocument } from '@holdpoint/server/parts'
import { compareEpochs, type Epoch, matches, type OrderView } from '@holdpoint/shared'
import type { AgentProcess } from '../actors/agent.ts'
import type { World } from '../kernel/world.ts'

/** AG4: what a stop may take to bind: the lease, 0.2 % for the clocks' rates, and 50 ms. */
const boundOf = (leaseMs: number): number => leaseMs * 1.002 + 50

interface Standing {
  doc: AgentDocument
  /** Since when its process must halt within the bound; undefined while it may act. */
  heldSince: number | undefined
  /** When the newest epoch was handed out: no process of an older one acts from then on. */
  epochSince: number
  why: string
}

export class Truth {
  readonly violations: string[] = []
  readonly #world: World
  readonly #agents = new Map<string, Standing>()
  readonly #orders = new Map<string, { readonly order: OrderView; readonly since: number }>()
  readonly #reported = new Set<string>()
  /** Processes that held a run when history was lost: what happened under it may be forgotten, a stop among it. */
  #doomed: ReadonlySet<AgentProcess> = new Set()
  /** Those among them of whose agent nothing is left. */
  #forgotten: ReadonlySet<AgentProcess> = new Set()
  #lostAt = 0

  constructor(world: World) {
    this.#world = world
  }

  /** A change took effect; `storeNow`: by the store's clock. */
  witness({ ref, doc }: Change, events: readonly StoredEvent[], storeNow: number): void {
    if (ref.kind === 'orders') this.#ordersAre(doc as OrdersDocument)
    if (ref.kind === 'agent') {
      this.#agentIs(doc as AgentDocument)
      if (events.some(({ type }) => type === 'action.begun')) this.#begins(doc as AgentDocument)
    }
    for (const event of events) this.#judge(event, storeNow)
  }

  /** AP9: what is held begins nothing. */
  #begins({ id, machine, heldBy }: AgentDocument): void {
    if (machine.state === 'paused' || machine.state === 'stopped' || heldBy.length > 0)
      this.violations.push(
        `Begun: ${id} began an action while it was ${heldBy.length > 0 ? 'held' : machine.state}.`,
      )
  }

  /**
   * History was lost (ST9): what was seen since counts no more, and whoever acted then must halt. `isKnown`: whether any of
   * an agent's history is left. Where none is, nobody can know that there is a process to be waited for.
   */
  lost(processes: readonly AgentProcess[], isKnown: (agent: string) => boolean): void {
    this.#agents.clear()
    this.#orders.clear()
    this.#doomed = new Set(processes.filter(({ client }) => client.held !== undefined))
    this.#forgotten = new Set(
      [...this.#doomed].filter(({ client }) => client.held && !isKnown(client.held.agent)),
    )
    this.#lostAt = this.#world.now
  }

  #ordersAre({ standing }: OrdersDocument): void {
    for (const order of standing)
      if (!this.#orders.has(order.id)) this.#orders.set(order.id, { order, since: this.#world.now })
    for (const id of this.#orders.keys())
      if (!standing.some((order) => order.id === id)) this.#orders.delete(id)
  }

  #agentIs(doc: AgentDocument): void {
    const { now } = this.#world
    const before = this.#agents.get(doc.id)
    const { state } = doc.machine
    const held = !doc.run || state === 'paused' || state === 'stopped' || doc.heldBy.length > 0
    this.#agents.set(doc.id, {
      doc,
      heldSince: held ? (before?.heldSince ?? now) : undefined,
      epochSince: before?.doc.epoch === doc.epoch ? (before?.epochSince ?? now) : now,
      why: doc.heldBy.length > 0 ? `held by order ${doc.heldBy[0]?.id}` : doc.run ? state : 'without a run',
    })
  }

  /** AG4, AG6, AG7: why this process must not be able to act now, if so. */
  mustHalt(process: AgentProcess, leaseMs: number): string | undefined {
    const { held } = process.client
    if (!held) return undefined
    const { now } = this.#world
    const bound = boundOf(leaseMs)
    if (this.#doomed.has(process) && now > this.#lostAt + bound)
      return `history was lost ${ago(now, this.#lostAt)}, and ${Math.round(bound)} ms are the bound`
    const standing = this.#agents.get(held.agent)
    if (!standing || this.#forgotten.has(process)) return undefined
    const { doc, heldSince, epochSince, why } = standing
    // Nearly always the very same.
    if (
      doc.epoch !== undefined &&
      doc.epoch !== held.epoch &&
      compareEpochs(doc.epoch, held.epoch as Epoch) > 0
    )
      return `${doc.epoch} was handed out ${ago(now, epochSince)}`
    if (heldSince !== undefined && now > heldSince + bound)
      return `it was ${why} ${ago(now, heldSince)}, and ${Math.round(bound)} ms are the bound`
    for (const { order, since } of this.#orders.values())
      if (now > since + bound && matches(order.selector, { id: doc.id, labels: doc.identity.labels }))
        return `order ${order.id} was placed ${ago(now, since)}, and ${Math.round(bound)} ms are the bound`
    return undefined
  }

  /** Whether any process that could act now must not. */
  look(processes: Iterable<AgentProcess>, leaseMs: number): void {
    for (const process of processes) {
      const { machine, client } = process
      // A frozen process does nothing; what it does when it is thawed is looked at then.
      if (!machine.isUp) continue
      const why = this.mustHalt(process, leaseMs)
      // Asked last: nobody in the simulation would ask so often.
      if (why === undefined || !client.canContinue()) continue
      const place = `${machine.name} ${client.held?.epoch} ${why.replaceAll(/\d+ ms/g, '')}`
      if (this.#reported.has(place)) continue
      this.#reported.add(place)
      this.violations.push(
        `Held: ${machine.name} (epoch ${client.held?.epoch}) could act at ${this.#world.now.toFixed(1)} ms, though ${why}.`,
      )
    }
  }

  /** AG4, in the very act: a process that was looked at a moment ago may have been thawed since. */
  acts(process: AgentProcess, leaseMs: number, id: string): void {
    const why = this.mustHalt(process, leaseMs)
    if (why !== undefined) this.violations.push(`Acted: ${process.machine.name} began ${id}, though ${why}.`)
  }

  /** What the log says happened, against when it really did. */
  #judge({ type, seq, data }: StoredEvent, storeNow: number): void {
    const approval = data.approval as { id: string; expiresAt?: string; useBy?: string } | undefined
    if (!approval) return
    const at = (time: string | undefined): number => (time === undefined ? Number.NaN : Date.parse(time))
    if (type === 'approval.expired' && storeNow < at(approval.expiresAt))
      this.violations.push(
        `Early: ${approval.id} was expired (seq ${seq}) ${at(approval.expiresAt) - storeNow} ms before its time.`,
      )
    if (type === 'approval.approved' && storeNow >= at(approval.expiresAt))
      this.violations.push(
        `Expired: ${approval.id} was released (seq ${seq}) ${storeNow - at(approval.expiresAt)} ms after its time.`,
      )
    if (type === 'action.begun' && storeNow >= at(approval.useBy))
      this.violations.push(
        `Expired: ${approval.id} was begun (seq ${seq}) ${storeNow - at(approval.useBy)} ms after its release's time.`,
      )
  }
}

const ago = (now: number, since: number): string => `${Math.round(now - since)} ms ago`
