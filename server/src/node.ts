import { type Epoch, hasRole, newId, type OrderView, ok, type Result } from '@holdpoint/shared'
import { createAgentHub, type SendAll } from './api/agent-hub.ts'
import { type AgentDeskPorts, openAgentDesk } from './api/agent-socket.ts'
import { type Broadcast, createConsoles } from './api/consoles.ts'
import { createDamageNote } from './api/damaged-agents.ts'
import { createElsewhere, nowhereElse } from './api/elsewhere.ts'
import { createItemAgents } from './api/item-agents.ts'
import type { Desk, Line } from './api/line.ts'
import { createOnlookers } from './api/onlookers.ts'
import { openOperatorDesk } from './api/operator-socket.ts'
import { createPromptness } from './api/prompt-desk.ts'
import { createUndelivered } from './api/undelivered.ts'
import type { Principal } from './auth/principal.ts'
import type { Sealer } from './auth/sealer.ts'
import { createFactorKit } from './auth/second-factor.ts'
import { createSignInKit } from './auth/sign-in-kit.ts'
import { afterThisTurn, type Clock, type Soon } from './clock.ts'
import { commandOfDeadline } from './commands/agent-deadlines.ts'
import { createAgentDirectory } from './commands/agent-directory.ts'
import { type Credentials, createCredentials } from './commands/credentials.ts'
import { createFactors } from './commands/factors.ts'
import { createFanOut, noticeOf } from './commands/fan-out.ts'
import { fenceOfEvent } from './commands/fences.ts'
import { createAgentCommands } from './commands/handle-command.ts'
import type { CommandLog } from './commands/in-time.ts'
import { createKeyedQueue } from './commands/keyed-queue.ts'
import { createLeaseTable } from './commands/leases.ts'
import { createOnCall } from './commands/on-call.ts'
import { createPeople, endedLogins, endedSessions } from './commands/people.ts'
import { type AdoptedPolicy, createPolicies } from './commands/policies.ts'
import type { Publish } from './commands/publish.ts'
import { createReconnects } from './commands/reconnects.ts'
import { rememberingStore } from './commands/remembering-store.ts'
import { createRevocations, type Revocations } from './commands/revocations.ts'
import { createSignIn, type SignIn, type SignInKit } from './commands/sign-in.ts'
import { peopleFor, voidSignatures } from './commands/signers.ts'
import { soleView } from './commands/store-view.ts'
import {
  createTenantDocument,
  type TenantDocument,
  type TenantDocumentKind,
} from './commands/tenant-document.ts'
import { type DeadlineLoop, startDeadlineLoop } from './deadlines/deadline-loop.ts'
import { notingStore } from './deadlines/noting-store.ts'
import { nothingRevoked, readAccessDocument } from './domain/access.ts'
import { allWell, channelStanding, readChannelsDocument } from './domain/channels-document.ts'
import { RESET_DEADLINE } from './domain/factors.ts'
import { noOverrides, readOnCallDocument } from './domain/on-call.ts'
import { noOrders, readOrdersDocument } from './domain/orders.ts'
import { VOID_DEADLINE } from './domain/persons.ts'
import { builtInOnly, readPolicyDocument } from './domain/policy-document.ts'
import type { DueDeadline, Store, StoredEvent } from './store/store.ts'
import { type Dispatcher, startDispatcher } from './subscriptions/dispatcher.ts'
import { createHeadsReader } from './subscriptions/heads-reader.ts'
import { createHints, type Hints } from './subscriptions/hints.ts'
import { missedPushes } from './subscriptions/missed.ts'
import { createAddressBook } from './subscriptions/notify/address-book.ts'
import { createChannelHealth } from './subscriptions/notify/channel-health.ts'
import { createNotifier, type Speak } from './subscriptions/notify/notifier.ts'
import type { SecretOf } from './subscriptions/notify/secrets.ts'
import { createTakePress, type TakePress } from './subscriptions/notify/slack-presses.ts'
import type { HindranceOf } from './subscriptions/notify/speak.ts'
import type { Bus } from './subscriptions/ports.ts'

/** What a node needs of the process that it runs in. */
export interface NodePorts {
  readonly name: string
  readonly store: Store
  /** Where other nodes share the store. */
  readonly shared?: Shared | undefined
  readonly clock: Clock
  readonly soon?: Soon
  /** For second factors; without one nobody can enrol. */
  readonly sealer?: Sealer | undefined
  /** For sign-in links; without one nobody is handed any. */
  readonly signInKit?: SignInKit | undefined
  readonly log: CommandLog & { info(fields: object, message: string): void }
  /** How people are told (ES2); without it nobody is, and each message says so. */
  readonly notify?: NotifyPorts
  readonly broadcast: Broadcast
  readonly sendAll: SendAll
  /** ID3: ends the connections whose principal is meant. */
  readonly endWhere: (tenant: string, isOver: (principal: Principal) => boolean) => void
}

export interface NotifyPorts {
  readonly speak: Speak
  readonly publicUrl?: string | undefined
  readonly secretOf?: SecretOf
  /** What would hinder a message through a channel before it is sent. */
  readonly hindranceOf?: HindranceOf
  readonly slackBase?: string | undefined
  /** Counts a try. */
  readonly tried: (channel: string, outcome: string) => void
}

export interface Shared {
  readonly bus: Bus
  /**
   * Whether events that a hint brings along are handed on, and people's commands go by who they are remembered to be: not
   * where a replica may be promoted. What was seen may be gone then, and its version be given to something else.
   */
  readonly keepsWhatWasSeen: boolean
}

/** All that lies between the store and the connections: the same over sockets and in the simulation. */
export interface Node {
  readonly desks: Readonly<Record<'/agent' | '/operator', (line: Line) => Desk>>
  readonly revocations: Revocations
  readonly signIn: SignIn
  readonly credentials: Credentials
  /** Whether a principal's login still counts. */
  standing(principal: Principal): Promise<Result<unknown>>
  leaseMaxMs(tenant: string): number
  /** PO6: makes it the active policy, where it is another one. Throws a sentence where it is refused. */
  adoptPolicy(tenant: string, adopted: AdoptedPolicy): Promise<void>
  /** A button was pressed in Slack. */
  readonly takePress: TakePress
  /** How many events are committed and not yet handed on. */
  feedLag(): number
  /** Finishes what was taken, and takes nothing more by itself. */
  stop(): Promise<void>
}

/** Throws what the store throws where it can't be read. */
export async function startNode(ports: NodePorts): Promise<Node> {
  const {
    name,
    shared,
    clock,
    soon = afterThisTurn,
    sealer,
    signInKit,
    log,
    broadcast,
    sendAll,
    endWhere,
  } = ports
  const store = notingStore(ports.store)
  const { speak = speechless, publicUrl, tried = () => {} } = ports.notify ?? {}
  let dispatcher: Dispatcher | undefined
  let hints: Hints | undefined
  const publish: Publish = (events) => {
    dispatcher?.publish(events)
    hints?.committed(events)
  }

  const queue = createKeyedQueue()
  const reader = shared
    ? createHeadsReader({
        store,
        clock,
        reached: (partition, seq) => dispatcher?.reached(partition, seq),
        applied: (partition) => dispatcher?.applied(partition) ?? 0,
        log,
      })
    : undefined
  const view = reader ?? soleView
  const sharing = reader && { view: reader, clock }
  const leases = createLeaseTable(clock, { mayGrant: () => store.writable(), isShared: view.isShared })
  const directory = createAgentDirectory(store, soon)
  const tenantDocuments: { changed(tenant: string): void }[] = []
  const tenantDocument = <D>(document: TenantDocumentKind<D>): TenantDocument<D> => {
    const created = createTenantDocument({ store, queue, publish, shared: sharing, ...document })
    tenantDocuments.push(created)
    return created
  }
  const orders = tenantDocument({
    kind: 'orders',
    id: 'standing',
    read: readOrdersDocument,
    empty: noOrders,
  })
  const access = tenantDocument({
    kind: 'access',
    id: 'revoked',
    read: readAccessDocument,
    empty: nothingRevoked,
  })
  const policies = createPolicies({
    clock,
    log,
    documents: tenantDocument({
      kind: 'policy',
      id: 'active',
      read: readPolicyDocument,
      empty: builtInOnly,
    }),
  })
  const policyOf = policies.active
  const people = createPeople({
    store,
    clock,
    queue,
    publish,
    log,
    remembers: shared?.keepsWhatWasSeen === true,
  })
  const onCall = tenantDocument({
    kind: 'on-call',
    id: 'overrides',
    read: readOnCallDocument,
    empty: noOverrides,
  })
  const channels = tenantDocument({
    kind: 'channels',
    id: 'standing',
    read: readChannelsDocument,
    empty: allWell,
  })
  const agents = createAgentCommands({
    // each command would cost a second round trip
    store: shared ? rememberingStore(store) : store,
    clock,
    queue,
    leases,
    orders,
    onCall,
    reconnects: createReconnects(clock),
    directory,
    policyOf,
    shadowOf: policies.shadow,
    publish,
    peopleFor: peopleFor(people, access),
    log,
    view,
  })
  const node = shared ? `${name} ${newId()}` : name
  const onlookers = createOnlookers({ clock, node, bus: shared?.bus })
  let elsewhere = nowhereElse
  const hub = createAgentHub({
    leases,
    sendAll,
    now: () => store.now(),
    elsewhere: () => elsewhere,
    delivered: (agent, seq) => void agents.system(agent, { type: 'control.delivered', seq }),
  })
  const fanOut = createFanOut({ clock, agents, orders, directory, policyOf, notify: hub.notify, log, view })
  const revocations = createRevocations({
    clock,
    access,
    log,
    changed: endWhere,
  })
  const factors = createFactors({ clock, people, kit: createFactorKit(sealer), log })
  const signingIn = { clock, people, factors, kit: signInKit ?? createSignInKit(undefined, clock), log }
  const signIn = createSignIn({ ...signingIn, revocations })
  const credentials = createCredentials(signingIn)
  const undelivered = createUndelivered()
  const itemAgents = createItemAgents()
  const consoles = createConsoles({
    storeEpoch: store.epoch,
    clock,
    now: () => store.now(),
    broadcast,
    undelivered,
  })

  const addressBook = createAddressBook(people)
  const takePress = createTakePress({
    agents,
    store,
    bySlack: addressBook.bySlack,
    policyOf,
    secretOf: ports.notify?.secretOf ?? (async () => undefined),
    now: () => clock.now(),
    base: ports.notify?.slackBase,
    log,
  })
  const notifier = createNotifier({
    agents,
    store,
    people: addressBook,
    policyOf,
    health: createChannelHealth(channels),
    speak,
    publicUrl,
    tried,
  })

  const submit = async ({ ref, name }: DueDeadline): Promise<void> => {
    if (name.startsWith('send:'))
      return notifier.deliver({ tenant: ref.tenant, id: ref.id }, name.slice('send:'.length), name)
    if (ref.kind === 'orders') return fanOut.takeUp(ref.tenant, name.slice(name.indexOf(':') + 1))
    if (ref.kind === 'person' && name === RESET_DEADLINE) return factors.resetIfDue(ref.tenant, ref.id)
    if (ref.kind === 'person' && name === VOID_DEADLINE)
      return voidSignatures({ store, people, agents }, ref.tenant, ref.id)
    const command = commandOfDeadline(name)
    if (!command) throw new Error(`nothing answers a deadline named ${name}`)
    await agents.system({ tenant: ref.tenant, id: ref.id }, command, name)
  }

  /** ID3: from the feed, so that it holds on every node. */
  const feed: typeof consoles.feed = (tenant, partition, events) => {
    itemAgents.note(tenant, events)
    consoles.feed(tenant, partition, events)
    for (const logins of endedLogins(events))
      endWhere(tenant, ({ id, role }) => hasRole(role, 'viewer') && logins.includes(id))
    const over = endedSessions(events)
    if (over.length > 0) endWhere(tenant, ({ session }) => session !== undefined && over.includes(session))
  }
  /** What another node has committed makes what this one holds in memory out of date. */
  const noticed = (event: StoredEvent, own: boolean): void => {
    const { tenant, agent: id, type, data } = event
    const fence = fenceOfEvent(event)
    if (fence && id !== undefined) leases.fenced({ tenant, id }, fence)
    if (own) return
    if (id === undefined) for (const document of tenantDocuments) document.changed(tenant)
    else directory.changed({ tenant, id }, event.seq, type === 'approval.denied')
    if (type === 'token.revoked') revocations.noticed(tenant)
    if (type === 'order.placed' || type === 'order.lifted')
      hub.notify(tenant, noticeOf(data.order as OrderView))
    if ((type === 'agent.started' || type === 'run.superseded') && id !== undefined)
      hub.superseded({ tenant, id }, (data.run as { readonly epoch: Epoch }).epoch)
    deadlines?.lookWithinSecond()
  }

  let deadlines: DeadlineLoop | undefined
  dispatcher = await startDispatcher({
    store,
    clock,
    sinks: { ...hub, feed, noticed },
    ...(reader && { advanced: reader.advanced }),
    soon,
    log,
  })
  if (shared) {
    const { bus } = shared
    hints = createHints({
      bus,
      clock,
      storeEpoch: store.epoch,
      soon,
      reached: dispatcher.reached,
      offered: dispatcher.offered,
      believe: shared.keepsWhatWasSeen,
    })
    elsewhere = createElsewhere({
      bus,
      clock,
      node,
      mine: hub.mine,
      moved: hub.moved,
    })
  }
  const publishing = dispatcher
  await reader?.start().catch(async (error: unknown) => {
    elsewhere.close()
    await publishing.stop()
    throw error
  })
  const looking = startDeadlineLoop({ store, clock, submit, soon, log })
  deadlines = looking
  const agentPorts: AgentDeskPorts = {
    agents,
    store,
    hub,
    missed: (agent, after) => missedPushes(store, agent, after),
  }
  const promptness = createPromptness(clock, log)
  const noteDamage = createDamageNote(log)

  return {
    desks: promptness.prompt({
      '/agent': (line) => openAgentDesk(line, agentPorts),
      '/operator': (line) =>
        openOperatorDesk(line, {
          agents,
          store,
          hub,
          directory,
          clock,
          fanOut,
          revocations,
          people,
          onCall: createOnCall({ clock, now: () => store.now(), documents: onCall, policyOf, people, log }),
          channels: {
            test: notifier.test,
            async list(tenant) {
              // another reason than before is no event, by which other nodes would know of it
              const standing = await channels.afresh(tenant)
              return Promise.all(
                Object.entries((await policyOf(tenant)).channels).map(async ([channel, config]) =>
                  channelStanding(standing, channel, config, await ports.notify?.hindranceOf?.(config)),
                ),
              )
            },
          },
          factors,
          signIn,
          credentials,
          consoles,
          onlookers,
          itemAgents,
          undelivered,
          policies,
          noteDamage,
          standingOrders: async (tenant) => (await orders.afresh(tenant)).standing,
          alarm: (fields, message) => log.error(fields, message),
        }),
    }),
    revocations,
    signIn,
    credentials,
    standing: async (principal) =>
      hasRole(principal.role, 'viewer') ? people.acting(principal) : ok(principal),
    leaseMaxMs: policies.leaseMaxMs,
    adoptPolicy: policies.adopt,
    takePress,
    feedLag: publishing.lag,
    async stop() {
      await looking.stop()
      await notifier.idle()
      await fanOut.idle()
      await queue.idle()
      await reader?.stop()
      onlookers.close()
      elsewhere.close()
      await publishing.stop()
      promptness.stop()
    },
  }
}

const speechless: Speak = async () => ({
  outcome: 'failed',
  reason: 'This server has no way to tell people.',
})
