import {
  type ErrorCode,
  matches,
  newId,
  type OperatorRequest,
  type OrderNotice,
  type OrderView,
  ok,
  type Policy,
  parseSelector,
  SECOND,
  type Target,
  type TargetResult,
} from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Person, PersonCommand } from '../domain/commands.ts'
import {
  decideOrders,
  isOrderTarget,
  nothingBut,
  type OrdersCommand,
  type OrdersDocument,
} from '../domain/orders.ts'
import type { AgentDirectory, DirectoryEntry } from './agent-directory.ts'
import { Collected, stateOf } from './collected.ts'
import { each } from './each.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { AgentCommands, Handled } from './handle-command.ts'
import { type Answered, answeredInTime, type CommandLog } from './in-time.ts'
import { mayMatch } from './may-match.ts'
import { onceCommitted } from './once-committed.ts'
import { OrderAnswers } from './order-answers.ts'
import type { Guess } from './people.ts'
import { type StoreView, soleView } from './store-view.ts'
import type { TenantDocument } from './tenant-document.ts'
import type { Outcome } from './transact.ts'

type Intervention = 'agent.pause' | 'agent.resume' | 'agent.stop' | 'agent.reinstate' | 'agent.inject'

/** An intervention as a console sends it. */
export type Intervening = {
  [N in Intervention]: { readonly name: N; readonly body: OperatorRequest<N> }
}[Intervention]

/** `answer.value` is `{ results, remaining?, unlisted?, order? }`; `events` are what it caused, as far as it is done. */
export type FannedOut = Answered

/** Selectors, children and all: one order and then many commands, or many commands alone (AG7). Nothing throws. */
export interface FanOut {
  /** `guess`: as `AgentCommands.act`. */
  intervene(tenant: string, by: Person, intervening: Intervening, guess?: Guess): Promise<FannedOut>
  lift(tenant: string, by: Person, body: OperatorRequest<'order.lift'>): Promise<FannedOut>
  /** An order whose fan-out nobody finished in time: recorded now on every agent that gave this node no definite answer yet. */
  takeUp(tenant: string, order: string): Promise<void>
  /** Resolves when no fan-out is at work any more. */
  idle(): Promise<void>
}

export interface FanOutPorts {
  readonly clock: Clock
  readonly agents: AgentCommands
  readonly orders: TenantDocument<OrdersDocument>
  readonly directory: AgentDirectory
  readonly policyOf: (tenant: string) => Promise<Policy>
  /** Tells the sockets of the tenant's matching agents (AG7). */
  readonly notify: (tenant: string, notice: OrderNotice) => void
  readonly log: CommandLog
  /** Needed where nodes share the store. */
  readonly view?: StoreView | undefined
}

/** How many agents' commands are under way at once: enough to share commits, few enough to let others in between. */
const CONCURRENCY = 64
/** What is done by then is in the answer; the rest goes on and comes by the feed. */
const ANSWER_WITHIN_MS = 1.5 * SECOND
/** Before an order's deadline takes it up again. */
const RETRY_MS = 5 * SECOND

export function createFanOut(ports: FanOutPorts): FanOut {
  const { clock, agents, orders, directory, policyOf, notify, log, view = soleView } = ports
  const running = new Set<Promise<void>>()
  const answers = new OrderAnswers()

  /** Runs on when the answer is given; `idle` waits for it. `after` learns whether every agent's answer is definite. */
  const spread = (
    targets: readonly Named[],
    one: (agent: Named) => Promise<Handled>,
    settled: Collected,
    after: (complete: boolean) => Promise<void>,
  ): Promise<void> => {
    let complete = true
    const work = each(targets, CONCURRENCY, async (agent) => {
      const handled = await one(agent)
      complete &&= isDefinite(handled)
      settled.add(agent.id, handled)
    })
      .then(() => after(complete))
      .catch((error: unknown) => log.error({ err: error }, 'a fan-out broke off; it can be asked for again'))
      .finally(() => running.delete(work))
    running.add(work)
    return withinMs(clock, ANSWER_WITHIN_MS, work)
  }

  const command = async (
    tenant: string,
    by: Person,
    ordered: OrdersCommand,
    name: string,
    payload: Readonly<Record<string, unknown>> & { readonly key: string },
  ): Promise<Outcome<OrdersDocument>> => {
    const policy = await policyOf(tenant)
    return orders.submit(tenant, {
      decide: (doc, at) => decideOrders(doc, ordered, { at, id: newId(), policy }),
      remember: {
        id: { principal: `person ${by.id}`, key: payload.key },
        fingerprint: fingerprintOf(name, payload),
      },
    })
  }

  /** Says that every agent has it; where one may not have it, its deadline stays, or is set anew if this answers it. */
  const record = async (
    tenant: string,
    id: string,
    { complete, version, deadline }: Recording,
  ): Promise<void> => {
    if (!complete) log.error({ order: id }, 'an order is not on record for every agent yet; trying again')
    if (!complete && deadline === undefined) return
    let now = 0
    const policy = await policyOf(tenant)
    const { doc } = await orders.submit(tenant, {
      decide: (doc, at) => {
        now = at
        if (!complete) return { answer: ok({ finished: false }) }
        return decideOrders(doc, { type: 'order.recorded', id, version }, { at, id, policy })
      },
      deadline,
      dueAt: (doc) => (doc.unfinished.some((order) => order.id === id) ? now + RETRY_MS : undefined),
    })
    answers.keepOnly(tenant, doc?.unfinished ?? [])
  }

  const apply = (tenant: string, order: OrderView) => async (agent: Named) => {
    const handled = await agents.system({ tenant, id: agent.id }, { type: 'orders.apply' })
    if (isDefinite(handled)) answers.note(tenant, order, agent.id)
    return handled
  }

  /** After its order was committed: told to the sockets, recorded agent by agent. */
  const carryOut = async (tenant: string, outcome: Outcome<OrdersDocument>): Promise<FannedOut> => {
    const replayed = outcome.earlier !== undefined
    if (!outcome.answer.ok) return { answer: outcome.answer, events: outcome.events, replayed }
    const { order } = outcome.answer.value as { readonly order: OrderView }
    if (!replayed) notify(tenant, noticeOf(order))
    const targets = await onceCommitted(log, holders(tenant, order))
    const settled = new Collected(targets.length, outcome.events)
    const version = outcome.doc?.version ?? 0
    await spread(targets, apply(tenant, order), settled, (complete) =>
      record(tenant, order.id, { complete, version }),
    )
    return {
      answer: { ok: true, value: { ...settled.results(), order } },
      events: settled.events(),
      replayed,
    }
  }

  /**
   * Whom a target means, and who is concerned all the same; also who has just come by another node. Last those whose documents
   * can't be read, unless it names another agent: each refuses, is named in the answer, and holds up nobody else.
   */
  const concerned = async (
    tenant: string,
    target: Target,
    besides: (agent: DirectoryEntry) => boolean = () => false,
  ): Promise<readonly Named[]> => {
    await view.catchUp(tenant)
    const { entries, unreadable } = await directory.readable(tenant)
    const known = [...entries.values()].filter(
      (agent) => !unreadable.has(agent.id) && (matches(target, agent) || besides(agent)),
    )
    const unknown = [...unreadable].filter((id) => mayMatch(target, id))
    return [...known, ...unknown.map((id) => ({ id }))]
  }

  /** Who matches an order, and whoever holds it from the time when they did; who comes later finds it standing. */
  const holders = (tenant: string, order: OrderView): Promise<readonly Named[]> =>
    concerned(tenant, order.selector, (agent) => agent.heldBy.includes(order.id))

  /** AP7: what the key stands for, durably, before anybody gets anything: each agent would know of its own part only. */
  const claimKey = (
    tenant: string,
    by: Person,
    { name, body }: Intervening,
  ): Promise<Outcome<OrdersDocument>> =>
    orders.submit(tenant, {
      decide: (doc) => ({ answer: ok({}), effects: nothingBut(doc) }),
      remember: {
        id: { principal: `person ${by.id}`, key: body.key },
        fingerprint: fingerprintOf(name, body),
      },
    })

  /**
   * Many commands, each under a key of its own that follows from the one that was given. A crash in between leaves the
   * rest undone, and nothing takes it up by itself; asked again with the same key, who has it is answered from memory.
   */
  const many = async (
    tenant: string,
    by: Person,
    target: Target,
    intervening: Intervening,
  ): Promise<FannedOut> => {
    const { name, body } = intervening
    if ('labels' in target) {
      const selector = parseSelector(target.labels)
      if (!selector.ok) return { answer: selector, events: [], replayed: false }
    }
    const claimed = await claimKey(tenant, by, intervening)
    const replayed = claimed.earlier !== undefined
    if (!claimed.answer.ok) return { answer: claimed.answer, events: [], replayed }
    const targets = await concerned(tenant, target)
    const settled = new Collected(targets.length, [], beside[name])
    const one = ({ id }: Named): Promise<Handled> =>
      agents.act({ tenant, id }, commandOf(intervening, by), {
        name,
        key: `${body.key}#${id}`,
        payload: body,
      })
    await spread(targets, one, settled, async () => {})
    return {
      answer: { ok: true, value: { ...settled.results() } },
      events: settled.events(),
      replayed,
    }
  }

  const single = async (
    tenant: string,
    by: Person,
    id: string,
    intervening: Intervening,
    guess?: Guess,
  ): Promise<FannedOut> => {
    const { name, body } = intervening
    const request = { name, key: body.key, payload: body }
    const handled = await agents.act({ tenant, id }, commandOf(intervening, by), request, guess)
    const { answer, events, replayed = false } = handled
    if (!answer.ok) return { answer, events, replayed }
    const results: TargetResult[] = [{ agent: id, ok: true, state: stateOf(answer) }]
    return { answer: { ok: true, value: { results } }, events, replayed }
  }

  return {
    intervene: (tenant, asked, intervening, guess) =>
      answeredInTime(ports, async () => {
        const { name, body } = intervening
        const { target } = body
        if (!isOrderTarget(target))
          return single(tenant, asked, (target as { agent: string }).agent, intervening, guess)
        // many commits follow from it, and no guess can be checked by all of them
        const who = guess ? await guess.afresh() : ok(asked)
        if (!who.ok) return { answer: who, events: [] }
        const by = who.value
        if (name !== 'agent.pause' && name !== 'agent.stop') return many(tenant, by, target, intervening)
        const effect = name === 'agent.pause' ? 'pause' : 'stop'
        const place: OrdersCommand = { type: 'order.place', effect, target, reason: body.reason, by }
        return carryOut(tenant, await command(tenant, by, place, name, body))
      }),

    lift: (tenant, by, body) =>
      answeredInTime(ports, async () => {
        const lift: OrdersCommand = { type: 'order.lift', id: body.id, reason: body.reason, by }
        return carryOut(tenant, await command(tenant, by, lift, 'order.lift', body))
      }),

    async takeUp(tenant, id) {
      const { version, unfinished } = await orders.current(tenant)
      const order = unfinished.find((one) => one.id === id)
      let complete = true
      if (order) {
        const open = (await holders(tenant, order)).filter((agent) => !answers.has(tenant, order, agent.id))
        await each(open, CONCURRENCY, async (agent) => {
          const handled = await apply(tenant, order)(agent)
          complete &&= isDefinite(handled)
        })
      }
      await record(tenant, id, { complete, version, deadline: `fan-out:${id}` })
    },

    async idle() {
      await Promise.all(running)
    },
  }
}

type Named = Pick<DirectoryEntry, 'id'>

/** How far an order's fan-out came, and of which version of the orders. */
interface Recording {
  readonly complete: boolean
  readonly version: number
  /** Its name, where it fell due. */
  readonly deadline?: string
}

/** Answers after which an agent may not have what it was told. Any other refusal is the agent's own, and stands. */
const INDEFINITE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'unknown', 'internal'])

const isDefinite = ({ answer }: Handled): boolean => answer.ok || !INDEFINITE.has(answer.error.code)

/** What a selector's answer leaves out: agents to whom it plainly does not apply, such as a resume of a running one. */
const beside: Readonly<Partial<Record<Intervention, readonly ErrorCode[]>>> = {
  'agent.resume': ['conflict', 'agent_stopped', 'agent_locked'],
  'agent.reinstate': ['conflict'],
  'agent.inject': ['agent_stopped'],
}

/** What sockets are told of an order. */
export const noticeOf = ({ id, effect, selector, by, reason, lifted }: OrderView): OrderNotice => ({
  id,
  effect,
  selector,
  by,
  reason,
  lifted: lifted !== undefined,
})

function commandOf({ name, body }: Intervening, by: Person): PersonCommand {
  return name === 'agent.inject'
    ? { type: name, text: body.text, data: body.data, by }
    : { type: name, reason: body.reason, by }
}

/** Resolves when the work is done or the time is up, whichever is first. */
function withinMs(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    work.finally(() => {
      cancel()
      resolve()
    })
  })
}
