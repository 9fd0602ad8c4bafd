import { fileURLToPath } from 'node:url'
import {
  agentRequests,
  type Epoch,
  hasRole,
  newId,
  type OrderView,
  ok,
  operatorRequests,
  refused,
  SECOND,
} from '@holdpoint/shared'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { type Logger, pino } from 'pino'
import { createAgentHub } from './api/agent-hub.ts'
import { openAgentDesk } from './api/agent-socket.ts'
import { readConsolePage, registerConsolePage } from './api/console-page.ts'
import { createConsoles } from './api/consoles.ts'
import { createElsewhere, nowhereElse } from './api/elsewhere.ts'
import { answerFrameworkError, registerHttpRoutes } from './api/http-routes.ts'
import { openOperatorDesk } from './api/operator-socket.ts'
import { defaultLimits, openSocketServer, type SocketLimits, type SocketServer } from './api/socket-server.ts'
import { createUndelivered } from './api/undelivered.ts'
import { authorizeAgentName } from './auth/authorize.ts'
import { type Keys, openKeys } from './auth/keys.ts'
import type { Principal } from './auth/principal.ts'
import { createVerifier } from './auth/tokens.ts'
import { afterThisTurn, type Clock, systemClock } from './clock.ts'
import { commandOfDeadline } from './commands/agent-deadlines.ts'
import { createAgentDirectory } from './commands/agent-directory.ts'
import { createFanOut, noticeOf } from './commands/fan-out.ts'
import { fenceOfEvent } from './commands/fences.ts'
import { createAgentCommands } from './commands/handle-command.ts'
import { createKeyedQueue } from './commands/keyed-queue.ts'
import { createLeaseTable } from './commands/leases.ts'
import { createPeople, disabledLogins } from './commands/people.ts'
import { createPolicies } from './commands/policies.ts'
import type { Publish } from './commands/publish.ts'
import { createRevocations } from './commands/revocations.ts'
import { soleView } from './commands/store-view.ts'
import {
  createTenantDocument,
  type TenantDocument,
  type TenantDocumentKind,
} from './commands/tenant-document.ts'
import type { Config, RedisConfig } from './config.ts'
import { type DeadlineLoop, startDeadlineLoop } from './deadlines/deadline-loop.ts'
import { nothingRevoked, readAccessDocument } from './domain/access.ts'
import { noOrders, readOrdersDocument } from './domain/orders.ts'
import { builtInOnly, readPolicyDocument } from './domain/policy-document.ts'
import { createMetrics } from './metrics.ts'
import { type OpenStore, openStore } from './open-store.ts'
import {
  type DueDeadline,
  type RecordKind,
  type Store,
  type StoredEvent,
  StoreUnavailable,
} from './store/store.ts'
import { type Dispatcher, startDispatcher } from './subscriptions/dispatcher.ts'
import { createHeadsReader } from './subscriptions/heads-reader.ts'
import { createHints, type Hints } from './subscriptions/hints.ts'
import { missedPushes } from './subscriptions/missed.ts'
import type { Bus } from './subscriptions/ports.ts'
import { openRedisBus } from './subscriptions/redis-bus.ts'

/** What a caller may replace: tests their clock and store, benches their limits. */
export interface ControlPlaneParts {
  readonly clock?: Clock
  readonly logger?: Logger
  /** Opened by the caller, closed by the control plane. */
  readonly store?: OpenStore
  readonly limits?: Partial<SocketLimits>
  /** Where the built web console lies; default: in this package's `dist`. */
  readonly consoleFolder?: string
  /** For the sentence that tells a second process who holds the data folder. */
  readonly pid?: number
  /** Told once when the disk did not confirm a write (PR1): the process must end. */
  readonly onFatal?: (error: Error) => void
}

export interface ControlPlane {
  /** Where it listens: `http://host:port`. */
  readonly address: string
  /** Signs our own tokens. */
  readonly keys: Keys
  readonly store: Store
  /**
   * Refuses what is new, finishes what was accepted, then closes everything in reverse. `reconnectAfterMs`: when
   * agents are told to come back.
   */
  close(options?: { readonly reconnectAfterMs?: number }): Promise<void>
}

const RECONNECT_AFTER_MS = SECOND
/** The same folder, seen from the sources and from what is built of them. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../dist/console', import.meta.url))

/** The composition root: the one file that knows every part. Throws what its parts throw on a start that can't be. */
export async function startControlPlane(
  config: Config,
  parts: ControlPlaneParts = {},
): Promise<ControlPlane> {
  const clock = parts.clock ?? systemClock
  const log =
    parts.logger ?? pino({ level: config.logLevel, base: { node: config.nodeName } }, pino.destination(2))
  const onFatal = (error: Error): void => {
    log.fatal({ err: error }, 'what this process knows of the store is not certain any more; it must end')
    parts.onFatal?.(error)
  }
  const keys = await openKeys(config.keysFolder ?? config.dataFolder)
  const opened = parts.store ?? (await openStore(config, keys, { clock, onFatal, pid: parts.pid }))

  const bus = config.redis && (await openBus(config.redis, opened))

  let dispatcher: Dispatcher | undefined
  let sockets: SocketServer | undefined
  let hints: Hints | undefined
  const metrics = createMetrics(
    {
      connections: () => sockets?.counts() ?? {},
      feedLag: () => dispatcher?.lag() ?? 0,
      store: () => numbersOf(opened.stats()),
      openItems: () => openItems(opened),
    },
    (space, name) => Object.hasOwn(space === '/agent' ? agentRequests : operatorRequests, name),
  )
  const store = timed(opened, clock, metrics.committed)
  const publish: Publish = (events) => {
    dispatcher?.publish(events)
    hints?.committed(events)
  }

  const queue = createKeyedQueue()
  const reader = config.redis
    ? createHeadsReader({
        store,
        clock,
        reached: (partition, seq) => dispatcher?.reached(partition, seq),
        applied: (partition) => dispatcher?.applied(partition) ?? 0,
        log,
      })
    : undefined
  const view = reader ?? soleView
  const shared = reader && { view: reader, clock }
  const leases = createLeaseTable(clock, { mayGrant: () => store.writable(), isShared: view.isShared })
  const directory = createAgentDirectory(store)
  const tenantDocuments: { changed(tenant: string): void }[] = []
  const tenantDocument = <D>(document: TenantDocumentKind<D>): TenantDocument<D> => {
    const created = createTenantDocument({ store, queue, publish, shared, ...document })
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
  const agents = createAgentCommands({
    store,
    clock,
    queue,
    leases,
    orders,
    directory,
    policyOf,
    publish,
    log,
    view,
  })
  let elsewhere = nowhereElse
  const hub = createAgentHub({
    leases,
    now: () => store.now(),
    elsewhere: () => elsewhere,
    delivered: (agent, seq) => void agents.system(agent, { type: 'control.delivered', seq }),
  })
  const fanOut = createFanOut({ clock, agents, orders, directory, policyOf, notify: hub.notify, log, view })
  const revocations = createRevocations({
    clock,
    access,
    log,
    changed: (tenant, isRevoked) => sockets?.endWhere(tenant, isRevoked),
  })
  const people = createPeople({ store, clock, queue, publish, log })
  const undelivered = createUndelivered()
  const consoles = createConsoles({
    storeEpoch: store.epoch,
    clock,
    now: () => store.now(),
    broadcast: (room, except, event, body) => sockets?.broadcast(room, except, event, body),
    undelivered,
  })

  const submit = async ({ ref, name }: DueDeadline): Promise<void> => {
    if (ref.kind === 'orders') return fanOut.takeUp(ref.tenant, name.slice(name.indexOf(':') + 1))
    const command = commandOfDeadline(name)
    if (!command) throw new Error(`nothing answers a deadline named ${name}`)
    await agents.system({ tenant: ref.tenant, id: ref.id }, command, name)
  }

  /** ID3: from the feed, so that it holds on every node. */
  const feed: typeof consoles.feed = (tenant, partition, events) => {
    consoles.feed(tenant, partition, events)
    for (const logins of disabledLogins(events))
      sockets?.endWhere(tenant, ({ id, role }) => hasRole(role, 'viewer') && logins.includes(id))
  }
  /** What another node has committed makes what this one holds in memory out of date. */
  const noticed = (event: StoredEvent, own: boolean): void => {
    const { tenant, agent: id, type, data } = event
    const fence = fenceOfEvent(event)
    if (fence && id !== undefined) leases.fenced({ tenant, id }, fence)
    if (own) return
    if (id === undefined) for (const document of tenantDocuments) document.changed(tenant)
    else directory.changed({ tenant, id })
    if (type === 'token.revoked') revocations.noticed(tenant)
    if (type === 'order.placed' || type === 'order.lifted')
      hub.notify(tenant, noticeOf(data.order as OrderView))
    if ((type === 'agent.started' || type === 'run.superseded') && id !== undefined)
      hub.superseded({ tenant, id }, (data.run as { readonly epoch: Epoch }).epoch)
    deadlines?.lookSoon()
  }

  let deadlines: DeadlineLoop | undefined
  dispatcher = await startDispatcher({
    store,
    clock,
    sinks: { ...hub, feed, noticed },
    ...(reader && { advanced: reader.advanced }),
    log,
  })
  if (bus) {
    hints = createHints({
      bus,
      storeEpoch: store.epoch,
      soon: afterThisTurn,
      reached: dispatcher.reached,
      offered: dispatcher.offered,
      believe: config.redis?.replicas === 0,
    })
    elsewhere = createElsewhere({
      bus,
      clock,
      node: `${config.nodeName} ${newId()}`,
      mine: hub.mine,
      moved: hub.moved,
    })
  }
  await reader?.start().catch(async (error: unknown) => {
    elsewhere.close()
    await bus?.close()
    await dispatcher?.stop()
    await opened.close()
    throw error
  })
  deadlines = startDeadlineLoop({ store, clock, submit, log })

  let draining = false
  const http = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    frameworkErrors: answerFrameworkError,
  })
  registerHttpRoutes(http, {
    metrics: metrics.registry,
    jwks: config.externalIssuer ? undefined : keys.jwks,
    readiness: async () => {
      const partitions = await store.heads().then(
        (heads) => heads.length,
        (error: unknown) => {
          if (error instanceof StoreUnavailable) return undefined
          throw error
        },
      )
      const writable = store.writable()
      return {
        ready: !draining && writable && partitions !== undefined,
        details: {
          node: config.nodeName,
          draining,
          writable,
          storeEpoch: store.epoch,
          ...(partitions === undefined ? { reason: 'The store can not be read.' } : { partitions }),
          store: { kind: config.redis ? 'redis' : 'embedded', ...opened.stats().settings },
        },
      }
    },
  })
  const page = await readConsolePage(parts.consoleFolder ?? CONSOLE_FOLDER)
  if (page.length === 0) log.warn('the web console was not built: there is nothing at /')
  registerConsolePage(http, page)
  const standingOrders = async (tenant: string) => (await orders.current(tenant)).standing
  sockets = openSocketServer(http.server, {
    clock,
    verifier: createVerifier(config.externalIssuer ? { ...config.externalIssuer, clock } : { keys, clock }),
    revocations,
    standing: async (principal) =>
      hasRole(principal.role, 'viewer') ? people.acting(principal) : ok(principal),
    origins: config.origins,
    leaseMaxMs: policies.leaseMaxMs,
    limits: { ...defaultLimits, ...parts.limits },
    admit: { '/agent': (principal) => authorizeAgentName(principal), '/operator': admitPerson },
    desks: {
      '/agent': (line) =>
        openAgentDesk(line, {
          agents,
          store,
          hub,
          missed: (agent, after) => missedPushes(store, agent, after),
        }),
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
          consoles,
          undelivered,
          policies,
          standingOrders,
          alarm: (fields, message) => log.error(fields, message),
        }),
    },
    answered: metrics.answered,
    log,
  })
  const server = sockets
  let closing: Promise<void> | undefined
  const closeAll = async (reconnectAfterMs: number): Promise<void> => {
    draining = true
    server.drain(reconnectAfterMs)
    await server.idle()
    await deadlines?.stop()
    await fanOut.idle()
    await queue.idle()
    await reader?.stop()
    elsewhere.close()
    await dispatcher?.stop()
    await server.close()
    await bus?.close()
    await http.close()
    metrics.close()
    await opened.close()
  }

  const address = await http
    .listen({ host: config.host, port: config.port })
    .catch(async (error: unknown) => {
      // a port in use must not leave the store held
      await closeAll(0)
      throw error
    })

  return {
    address,
    keys,
    store: opened,
    close: ({ reconnectAfterMs = RECONNECT_AFTER_MS } = {}) => {
      closing ??= closeAll(reconnectAfterMs)
      return closing
    },
  }
}

async function openBus({ url, prefix }: RedisConfig, store: Store): Promise<Bus> {
  try {
    return await openRedisBus(url, prefix)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** ID1: `/operator` is for persons. */
const admitPerson = (principal: Principal) =>
  hasRole(principal.role, 'viewer')
    ? ok(principal)
    : refused('forbidden', `Only a person's token opens this; yours has the role ${principal.role}.`)

/** The store, with its commits measured. */
function timed(store: Store, clock: Clock, took: (ms: number) => void): Store {
  const commit: Store['commit'] = async (change) => {
    const startedAt = clock.monotonicMs()
    const result = await store.commit(change)
    took(clock.monotonicMs() - startedAt)
    return result
  }
  return Object.assign(Object.create(store), { commit }) as Store
}

async function openItems(store: Store): Promise<Readonly<Record<string, number>>> {
  const kinds: Record<RecordKind, number> = { approval: 0, ticket: 0, instruction: 0, order: 0, run: 0 }
  const tenants = new Set((await store.heads()).map(({ tenant }) => tenant))
  for (const tenant of tenants)
    for (const [kind, count] of Object.entries(await store.countOpen(tenant)))
      kinds[kind as RecordKind] += count
  return kinds
}

const numbersOf = (stats: object): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(stats).filter(([, value]) => typeof value === 'number'))
