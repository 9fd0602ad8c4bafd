import { type AgentState, type Epoch, type Policy, parentOf, refused, storeEpochOf } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { AgentDocument, Run } from '../domain/agent-document.ts'
import type {
  AgentCommand,
  AgentOwnCommand,
  Answer,
  Facts,
  PersonCommand,
  SystemCommand,
} from '../domain/commands.ts'
import { decideAgent } from '../domain/decide-agent.ts'
import type { OnCallDocument } from '../domain/on-call.ts'
import type { OrdersDocument } from '../domain/orders.ts'
import { concernedBy } from '../domain/standing-orders.ts'
import {
  type DocumentRef,
  OutcomeUnknown,
  type Store,
  type StoredEvent,
  StoreUnavailable,
} from '../store/store.ts'
import { agentDueAt } from './agent-deadlines.ts'
import type { AgentDirectory } from './agent-directory.ts'
import { type AgentKey, agentKeyText } from './agent-key.ts'
import { bytesOfItems } from './bytes-of-items.ts'
import { createChildrenCap } from './children-cap.ts'
import { leaseLeftMs } from './fences.ts'
import { fingerprintOf } from './fingerprint.ts'
import { FreshIds } from './fresh-ids.ts'
import { type HeldRun, isNewest, isSuperseded, mayAct, notHolder, superseded } from './holding.ts'
import { type CommandLog, inTime } from './in-time.ts'
import type { KeyedQueue, Lane } from './keyed-queue.ts'
import type { LeaseTable } from './leases.ts'
import { holdsNamed, standingOf } from './named-item.ts'
import { onceCommitted } from './once-committed.ts'
import {
  epochAfter,
  releaseIfOver,
  rememberOwn,
  type Sender,
  startedBefore,
  unnamedEpoch,
} from './own-command.ts'
import type { Guess, PeopleRead } from './people.ts'
import type { Publish } from './publish.ts'
import type { Reconnects } from './reconnects.ts'
import { type StoreView, soleView } from './store-view.ts'
import type { TenantDocument } from './tenant-document.ts'
import {
  type Decided,
  type Outcome,
  type RememberAs,
  type Transaction,
  transact,
  transactOnGuess,
} from './transact.ts'
import { readAgent } from './unreadable-agent.ts'
import { withBytes } from './with-bytes.ts'

/** What a command on an agent came to, for whoever sent it. */
export interface Handled {
  readonly answer: Answer
  readonly events: readonly StoredEvent[]
  /** What stands now; undefined where it could not be read or does not exist. */
  readonly doc?: AgentDocument | undefined
  readonly replayed?: boolean
  /** Where its process stands, for an agent's own command (AG4). */
  readonly standing?: Standing | undefined
}

/** What every ack to an agent carries. */
export interface Standing {
  readonly state: AgentState
  readonly seq: number
  readonly ttlMs: number
}

/** One agent at a time, many agents at once. Nothing here throws: what broke is an answer too (PR2). */
export interface AgentCommands {
  own(agent: AgentKey, command: AgentOwnCommand, sender: Sender): Promise<Handled>
  /**
   * `key`: the person's idempotency key; `payload` is what it stands for. `guess`: the command's `by` is only who they are
   * remembered to be; where that does not come to a commit that rests on it, the command is decided on who they are.
   */
  act(agent: AgentKey, command: PersonCommand, request: PersonRequest, guess?: Guess): Promise<Handled>
  /** `deadline`: its name, where one fell due; cleared in the same commit. */
  system(agent: AgentKey, command: SystemCommand, deadline?: string): Promise<Handled>
  /** Renews the lease of the process that holds the run (AG4), without a write. Errors: `stale_epoch`. */
  renew(agent: AgentKey, epoch: Epoch): Promise<Handled>
  /** The same process on a new connection. Errors: `not_found`, `stale_epoch`, `agent_stopped`. */
  resume(agent: AgentKey, held: HeldRun): Promise<Handled>
  /** As of its last commit. */
  document(agent: AgentKey): Promise<AgentDocument | undefined>
}

export interface PersonRequest {
  readonly name: string
  readonly key: string
  readonly payload: Readonly<Record<string, unknown>>
}

export interface AgentPorts {
  readonly store: Store
  readonly clock: Clock
  readonly queue: KeyedQueue
  readonly leases: LeaseTable
  readonly orders: TenantDocument<OrdersDocument>
  readonly directory: AgentDirectory
  readonly onCall: TenantDocument<OnCallDocument>
  readonly reconnects: Reconnects
  readonly policyOf: (tenant: string) => Promise<Policy>
  /** PO6: the candidate in shadow, where there is one. */
  readonly shadowOf?: (tenant: string) => Promise<Policy | undefined>
  readonly publish: Publish
  /** AP5, AP6: who the people are that a decision is about. */
  readonly peopleFor?:
    | ((
        agent: AgentKey,
        doc: AgentDocument | undefined,
        command: AgentCommand,
        restsOnSender: boolean,
      ) => Promise<PeopleRead | undefined>)
    | undefined
  readonly log: CommandLog
  /** Needed where nodes share the store. */
  readonly view?: StoreView | undefined
}

type AgentOutcome = Outcome<AgentDocument>

/** What surrounds a command: its memory, the deadline that it clears, and the epoch below which it counts for nothing. */
interface How {
  readonly remember?: RememberAs | undefined
  readonly deadline?: string | undefined
  readonly heldEpoch?: Epoch | undefined
}

export function createAgentCommands(ports: AgentPorts): AgentCommands {
  const {
    store,
    clock,
    queue,
    leases,
    orders,
    onCall,
    reconnects,
    directory,
    policyOf,
    shadowOf,
    publish,
    peopleFor,
    log,
    view = soleView,
  } = ports

  const children = createChildrenCap(directory, policyOf)

  const refOf = ({ tenant, id }: AgentKey): DocumentRef => ({ tenant, kind: 'agent', id })

  const read = async (agent: AgentKey): Promise<AgentDocument | undefined> => {
    const { doc } = await store.load(refOf(agent), undefined, true)
    return doc === undefined ? undefined : readAgent(agent.id, doc)
  }

  const decide = async (
    agent: AgentKey,
    doc: AgentDocument | undefined,
    command: AgentCommand,
    at: number,
    guess?: Guess,
  ): Promise<Decided<AgentDocument>> => {
    const people = await peopleFor?.(agent, doc, command, guess !== undefined)
    if (people?.barred) return { answer: people.barred }
    const standing = await standingOf(store, agent, doc, command)
    const policy = await policyOf(agent.tenant)
    const shadow = await shadowOf?.(agent.tenant)
    const { standing: tenantOrders, version: ordersVersion } = await orders.current(agent.tenant)
    const family = await directory.family(agent).catch((error: unknown) => () => raise(error))
    const decision = decideAgent(agent, doc, command, {
      at,
      ids: new FreshIds(),
      storeEpoch: store.epoch,
      policy,
      shadow,
      bytes: await bytesOfItems(store, agent.tenant, shadow ? [policy, shadow] : [policy], doc, command),
      orders: tenantOrders,
      ordersVersion,
      heldAncestor: command.type === 'run.start' ? await heldAncestorOf(agent) : undefined,
      // a stop rests on no relative, and what does must not go by what nobody could read
      get family() {
        return typeof family === 'function' ? family() : family
      },
      leaseLeftMs: leaseLeftMs(leases, agent, doc),
      leasesElsewhere: view.isShared,
      forgottenLeaseMs: forgottenLeaseMs(doc, command, policy),
      people: people?.facts,
      overrides: (await onCall.current(agent.tenant)).overrides,
      quiet: reconnects.isQuiet(agent),
      quota: await quotaFor(agent, command, policy),
      standing,
    })
    return { answer: decision.answer, effects: decision.effects, restsOn: people?.restsOn }
  }

  /** AG6: whoever held a lease in what was lost got it before this node started, which is shut out otherwise (ST9). */
  const forgottenLeaseMs = (
    doc: AgentDocument | undefined,
    { type }: AgentCommand,
    { lease }: Policy,
  ): number =>
    type === 'run.start' && doc?.epoch !== undefined && storeEpochOf(doc.epoch) < store.epoch
      ? leases.leftOfFormerMs(lease.maxMs)
      : 0

  /** AP14. What was changed elsewhere is read only where it might matter: this is asked before every action. */
  const quotaFor = async (agent: AgentKey, { type }: AgentCommand, { caps }: Policy) => {
    if (type !== 'action.request' && type !== 'question.ask' && type !== 'escalation.raise') return undefined
    const { quota, unread } = await directory.quota(agent)
    if (quota.total + unread * caps.openItems < caps.tenantOpenItems) return quota
    await directory.all(agent.tenant)
    return (await directory.quota(agent)).quota
  }

  /** AG8: what starts below an agent that is locked or paused would wash that off. */
  const heldAncestorOf = async ({ tenant, id }: AgentKey): Promise<Facts['heldAncestor']> => {
    let paused: Facts['heldAncestor']
    for (let ancestor = parentOf(id); ancestor !== undefined; ancestor = parentOf(ancestor)) {
      const doc = await read({ tenant, id: ancestor })
      if (doc?.machine.context.locked) return { id: ancestor, how: 'locked' }
      if (doc?.pausedByPerson || doc?.machine.state === 'paused') paused = { id: ancestor, how: 'paused' }
    }
    return paused
  }

  const transactionOf = (
    agent: AgentKey,
    command: AgentCommand,
    { remember, deadline, heldEpoch }: How,
    guess?: Guess,
  ): Transaction<AgentDocument> => ({
    ref: refOf(agent),
    read: (stored) => readAgent(agent.id, stored),
    command: remember,
    deadline,
    dueAt: deadline === undefined ? undefined : (doc) => agentDueAt(doc, deadline),
    knows: (doc) => holdsNamed(doc, command),
    // AG6: of the very document that is changed, so that no takeover comes in between.
    decide: (doc, at) =>
      heldEpoch !== undefined && isSuperseded(doc, heldEpoch)
        ? { answer: superseded(doc) }
        : decide(agent, doc, command, at, guess),
  })

  const settled = (agent: AgentKey, outcome: AgentOutcome): AgentOutcome => {
    const last = outcome.events.at(-1)
    if (outcome.doc && last) directory.update(agent, outcome.doc, outcome.version, last.seq)
    publish(outcome.events)
    return outcome
  }

  /** In the agent's queue. */
  const commit = async (agent: AgentKey, command: AgentCommand, how: How = {}): Promise<AgentOutcome> =>
    settled(agent, await transact(store, transactionOf(agent, command, how)))

  /** In the agent's queue. */
  const commitAs = async (
    agent: AgentKey,
    command: PersonCommand,
    { name, key, payload }: PersonRequest,
    guess?: Guess,
  ): Promise<Handled> => {
    const how = {
      remember: {
        id: { principal: `person ${command.by.id}`, key },
        fingerprint: fingerprintOf(name, payload),
      },
    }
    const handled = ({ answer, doc, events, earlier }: AgentOutcome): Handled => ({
      answer,
      doc,
      events,
      replayed: earlier !== undefined,
    })
    if (!guess) return handled(await commit(agent, command, how))
    const outcome = await transactOnGuess(store, transactionOf(agent, command, how, guess), guess.restsOn)
    if (outcome) return handled(settled(agent, outcome))
    // in the same turn of the queue: what they sent next must not overtake this
    const who = await guess.afresh()
    if (!who.ok) return { answer: who, events: [] }
    return commitAs(agent, { ...command, by: who.value }, { name, key, payload })
  }

  const inQueue = (agent: AgentKey, lane: Lane, work: () => Promise<Handled>): Promise<Handled> =>
    inTime<Handled>(clock, log, (begin) =>
      queue.run(
        agentKeyText(agent),
        async () => (begin() ? work() : { answer: refused('unavailable'), events: [] }),
        lane,
      ),
    ).then((handled) => ('answer' in handled ? handled : { answer: handled, events: [] }))

  /**
   * AG4: renews the lease of a process that may act. `asOf`: of before everything that this rests on was read. Where it
   * can't be told whether it may, what was granted before still stands, and no more.
   */
  const standingFor = async (
    agent: AgentKey,
    doc: AgentDocument | undefined,
    asOf: number,
    epoch?: Epoch,
  ): Promise<Stands> => {
    if (!doc) return { doc, standing: undefined }
    if (!doc.run || epoch === undefined) return standsAt(doc, 0)
    try {
      const tenantOrders = await orders.current(agent.tenant)
      const entitled = (one: AgentDocument): Run | undefined =>
        mayAct(one, epoch, tenantOrders, store.epoch) ? one.run : undefined
      let now = doc
      let run = entitled(doc)
      if (run?.contestedAt !== undefined) {
        now = (await commit(agent, { type: 'run.keep', epoch })).doc ?? doc
        run = entitled(now)
      }
      if (!run || run.contestedAt !== undefined) return standsAt(now, 0)
      return standsAt(now, leases.grant(agent, run.instance, run.leaseMs, asOf))
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof OutcomeUnknown)) throw error
      return standsAt(doc, leases.shownMs(agent))
    }
  }

  /** AP7, AP9: what a process is told that asks again under the same key. */
  const repeated = async (
    agent: AgentKey,
    command: AgentOwnCommand,
    outcome: AgentOutcome,
  ): Promise<AgentOutcome> => {
    const { earlier, doc } = outcome
    if (!earlier) return outcome
    // A leave to act, given before, must not be given again to a process that has been held since.
    const unlessHeld = async (epoch: Epoch): Promise<AgentOutcome> =>
      doc && mayAct(doc, epoch, await orders.current(agent.tenant), store.epoch)
        ? outcome
        : { ...outcome, answer: refused(doc?.run ? 'paused' : 'agent_stopped') }
    switch (command.type) {
      case 'run.start':
        return { ...outcome, answer: startedBefore(earlier.answer, doc) }
      case 'action.begin': {
        const { epoch } = command.body
        if (isSuperseded(doc, epoch)) return { ...outcome, answer: superseded(doc) }
        // another process: what was answered to the first one is not its own
        return epoch === earlier.epoch ? unlessHeld(epoch) : commit(agent, command)
      }
      case 'action.request': {
        const { epoch } = command.body
        if (isSuperseded(doc, epoch)) return { ...outcome, answer: superseded(doc) }
        if (!earlier.answer.ok) return outcome
        const { verdict, action } = earlier.answer.value as {
          readonly verdict: string
          readonly action: { readonly id: string }
        }
        if (verdict !== 'go') return outcome
        return epoch === earlier.epoch
          ? unlessHeld(epoch)
          : commit(agent, { type: 'action.reclaim', id: action.id })
      }
      default:
        return outcome
    }
  }

  /** In the agent's queue. */
  const own = async (agent: AgentKey, command: AgentOwnCommand, sender: Sender): Promise<Handled> => {
    const asOf = view.asOf(agent.tenant)
    const first = await commit(agent, command, {
      remember: rememberOwn(agent, command),
      heldEpoch: unnamedEpoch(command, sender),
    })
    const outcome = await repeated(agent, command, first)
    const { answer, doc, events } = outcome
    if (answer.ok) releaseIfOver(leases, agent, command, doc)
    const whole = await withBytes({ store, log }, agent, command, outcome)
    const epoch = epochAfter(command, answer, doc) ?? sender.epoch
    const stands = await onceCommitted(log, standingFor(agent, doc, asOf, epoch))
    return {
      // AG6: another process may have taken over just now, and its run must not be handed to this one
      answer: command.type === 'run.start' ? startedBefore(whole, stands.doc) : whole,
      events,
      replayed: outcome.earlier !== undefined,
      ...stands,
    }
  }

  return {
    own: (agent, command, sender) =>
      inQueue(agent, 'usual', async () => {
        const done = await children.within(agent, command, sender.subject, () => own(agent, command, sender))
        return 'barred' in done ? { answer: done.barred, events: [] } : done
      }),

    act: (agent, command, request, guess) =>
      inQueue(agent, 'urgent', () => commitAs(agent, command, request, guess)),

    system: (agent, command, deadline) =>
      inQueue(agent, 'urgent', async () => {
        const { answer, doc, events } = await commit(agent, command, { deadline })
        return { answer, doc, events }
      }),

    renew: (agent, epoch) =>
      inQueue(agent, 'usual', async () => {
        const asOf = view.asOf(agent.tenant)
        let doc = await read(agent)
        if (!doc) return { answer: refused('not_found'), events: [] }
        if (!isNewest(doc, epoch, store.epoch)) return { answer: superseded(doc), events: [] }
        // AG7: a renewal consults the standing orders, also those whose fan-out has not come by
        const { standing: tenantOrders, version } = await orders.current(agent.tenant)
        if (version > doc.ordersVersion && concernedBy(doc, tenantOrders))
          doc = (await commit(agent, { type: 'orders.apply' })).doc ?? doc
        return {
          answer: { ok: true, value: {} },
          events: [],
          ...(await standingFor(agent, doc, asOf, epoch)),
        }
      }),

    resume: (agent, held) =>
      inQueue(agent, 'usual', async () => {
        const asOf = view.asOf(agent.tenant)
        const { doc } = await commit(agent, { type: 'orders.apply' })
        const barred = notHolder(doc, held, store.epoch)
        if (barred || !doc) return { answer: barred ?? refused('not_found'), events: [], doc }
        reconnects.note(agent, doc.run?.leaseMs ?? 0)
        const stands = await standingFor(agent, doc, asOf, held.epoch)
        // AG6: as above
        const lost = stands.doc && notHolder(stands.doc, held, store.epoch)
        return { answer: lost ?? { ok: true, value: {} }, events: [], ...stands }
      }),

    document: read,
  }
}

/** Where a process stands, by this very document: what an answer shows beside it must not be older. */
interface Stands {
  readonly doc: AgentDocument | undefined
  readonly standing: Standing | undefined
}

const standsAt = (doc: AgentDocument, ttlMs: number): Stands => {
  const { machine, seq } = doc
  return { doc, standing: { state: machine.state, seq, ttlMs } }
}

function raise(error: unknown): never {
  throw error
}
