import { fileURLToPath } from 'node:url'
import {
  agentRequests,
  hasRole,
  ok,
  operatorRequests,
  policyJsonSchema,
  refused,
  SECOND,
} from '@holdpoint/shared'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { type Logger, pino } from 'pino'
import { registerBackup } from './api/backup-route.ts'
import { readConsolePage, registerConsolePage } from './api/console-page.ts'
import { answerFrameworkError, registerHttpRoutes } from './api/http-routes.ts'
import { registerInstanceProof } from './api/instance-route.ts'
import { registerSignIn } from './api/sign-in-route.ts'
import { registerSlackRoute } from './api/slack-route.ts'
import { defaultLimits, type SocketLimits } from './api/socket-ports.ts'
import { openSocketServer, type SocketServer } from './api/socket-server.ts'
import { openArchiveFolder } from './archive/archive-folder.ts'
import { startArchiver } from './archive/archiver.ts'
import { authorizeAgentName } from './auth/authorize.ts'
import { type Keys, openKeys } from './auth/keys.ts'
import type { Principal } from './auth/principal.ts'
import { createSignInKit } from './auth/sign-in-kit.ts'
import { createVerifier } from './auth/tokens.ts'
import { type Clock, systemClock } from './clock.ts'
import type { AdoptedPolicy } from './commands/policies.ts'
import type { Config, RedisConfig } from './config.ts'
import { createMetrics } from './metrics.ts'
import { type Node, startNode } from './node.ts'
import { type Epochs, type OpenStore, openStore } from './open-store.ts'
import { type RecordKind, type Store, StoreUnavailable } from './store/store.ts'
import { createAddressGuard } from './subscriptions/notify/address-guard.ts'
import { createSecrets } from './subscriptions/notify/secrets.ts'
import { type Bases, createHindranceOf, createSpeak } from './subscriptions/notify/speak.ts'
import type { Bus } from './subscriptions/ports.ts'
import { openRedisBus } from './subscriptions/redis-bus.ts'
import { writeAlarm } from './write-alarm.ts'

/** What a caller may replace: tests their clock and store, benches their limits. */
export interface ControlPlaneParts {
  readonly clock?: Clock
  readonly logger?: Logger
  /** Opened by the caller, closed by the control plane. */
  readonly store?: OpenStore
  readonly limits?: Partial<SocketLimits>
  /** Where Slack and PagerDuty are, where not at home. */
  readonly channelBases?: Bases
  /** Where the built web console lies; default: in this package's `dist`. */
  readonly consoleFolder?: string
  /** PO6: activated for the tenant `default` before anybody connects, where another one is active. */
  readonly policy?: AdoptedPolicy
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
/** ID4: how long a request may take to come in, body and all: who dribbles holds a connection that others want. */
const REQUEST_WITHIN_MS = 10 * SECOND
const LATE_LOOK_MS = 2 * SECOND
const DISK_UNWRITABLE = 'the disk of the data folder is full or failing'
const REDIS_UNWRITABLE = 'Redis is full, read-only or can not be reached'
/** The tenant of whoever starts the server, as of tokens that name none. */
const DEFAULT_TENANT = 'default'
const CONSOLE_FOLDER = fileURLToPath(new URL('../dist/console', import.meta.url))

/** The composition root: opens what the process holds, and puts a node between the store and the sockets. Throws what its parts throw on a start that can't be. */
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
  const archive = config.archive && openArchiveFolder(config.archive.folder)
  const keys = await openKeys(config.keysFolder ?? config.dataFolder)
  const onHistoryLost = (epochs: Epochs): void =>
    log.warn(
      epochs,
      `the store holds less, or other, history than it did before: it goes on as epoch ${epochs.epoch}. Every agent has to start anew, and what was released or done since is not known here: see "holdpoint history --type store.history_lost"`,
    )
  const onPromisedLess = (missing: readonly string[]): void =>
    log.warn(
      { missing },
      `Redis promises less than it might, so decisions can be lost with it: ${missing.join('; ')}`,
    )
  const onKeptInLog = (why: Error | undefined): void =>
    why
      ? log.error(
          { err: why },
          'the database file does not take what was committed: the disk is full, its quota is used up, or it fails. Nothing is lost, all of it stays in the write-ahead log, which grows (holdpoint_store{what="loggedPages"}); once that is too long nothing more is taken. It is tried again every few seconds',
        )
      : log.info('the database file takes what was committed again')
  const onDefect = (error: Error): void =>
    log.error(
      { err: error },
      'Redis refused a call, and not for want of room or readiness: it is a defect, or Redis is set up in a way that the server can not use. Waiting mends neither; each is counted (holdpoint_store{what="defects"})',
    )
  const opening = { clock, onFatal, onHistoryLost, onKeptInLog, onPromisedLess, onDefect, pid: parts.pid }
  const opened = parts.store ?? (await openStore(config, keys, opening))

  const bus = config.redis && (await openBus(config.redis, opened, clock))

  let node: Node | undefined
  let sockets: SocketServer | undefined
  const metrics = createMetrics(
    {
      connections: () => sockets?.counts() ?? {},
      feedLag: () => node?.feedLag() ?? 0,
      store: () => numbersOf(opened.stats()),
      openItems: () => openItems(opened),
    },
    (space, name) => Object.hasOwn(space === '/agent' ? agentRequests : operatorRequests, name),
  )
  const writable = writeAlarm(opened, clock, log, config.redis ? REDIS_UNWRITABLE : DISK_UNWRITABLE)
  const store = timed(opened, clock, metrics.committed, writable)
  const secretOf = createSecrets({
    given: config.notify?.secrets ?? {},
    folder: config.notify?.secretsFolder,
  })
  const guard = createAddressGuard(config.notify?.allowedAddresses ?? [])
  const running = await startNode({
    name: config.nodeName,
    store,
    shared: bus && { bus, keepsWhatWasSeen: config.redis?.replicas === 0 },
    clock,
    sealer: keys.sealer,
    signInKit: createSignInKit(config.externalIssuer ? undefined : keys, clock),
    notify: {
      speak: createSpeak({
        secretOf,
        guard,
        now: () => clock.now(),
        bases: parts.channelBases,
      }),
      publicUrl: config.notify?.publicUrl,
      secretOf,
      hindranceOf: createHindranceOf({ secretOf, guard }),
      slackBase: parts.channelBases?.slack,
      tried: metrics.messageTried,
    },
    log,
    broadcast: (room, except, event, body) => sockets?.broadcast(room, except, event, body),
    sendAll: (lines, event, body) => sockets?.sendAll(lines, event, body),
    endWhere: (tenant, isOver) => sockets?.endWhere(tenant, isOver),
  }).catch(async (error: unknown) => {
    await bus?.close()
    await opened.close()
    throw error
  })
  node = running
  if (parts.policy)
    await running.adoptPolicy(DEFAULT_TENANT, parts.policy).catch(async (error: unknown) => {
      await running.stop()
      await bus?.close()
      await opened.close()
      throw error
    })

  let draining = false
  const http = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    requestTimeout: REQUEST_WITHIN_MS,
    http: { headersTimeout: REQUEST_WITHIN_MS, connectionsCheckingInterval: LATE_LOOK_MS },
    frameworkErrors: answerFrameworkError,
  })
  registerHttpRoutes(http, {
    metrics: metrics.registry,
    jwks: config.externalIssuer ? undefined : keys.jwks,
    policySchema: policyJsonSchema(),
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
  const { signIn, credentials } = running
  const trustedProxies = config.trustedProxies ?? 0
  registerSignIn(http, { clock, origins: config.origins, trustedProxies, signIn, credentials })
  registerSlackRoute(http, { clock, trustedProxies, take: running.takePress })
  if (!config.externalIssuer)
    registerInstanceProof(http, { keys, clock, publicUrl: config.notify?.publicUrl, trustedProxies })
  if (opened.backup)
    registerBackup(http, {
      store: { backup: opened.backup.bind(opened) },
      folder: config.dataFolder,
      keys,
      clock,
      trustedProxies,
      log,
    })
  const page = await readConsolePage(parts.consoleFolder ?? CONSOLE_FOLDER)
  if (page.length === 0) log.warn('the web console was not built: there is nothing at /')
  registerConsolePage(http, page)
  const archiver =
    config.archive &&
    archive &&
    startArchiver({
      store,
      archive,
      clock,
      keepDays: config.archive.keepDays,
      log,
    })
  const { desks, revocations, standing, leaseMaxMs } = running
  sockets = openSocketServer(http.server, {
    clock,
    verifier: createVerifier(config.externalIssuer ? { ...config.externalIssuer, clock } : { keys, clock }),
    revocations,
    standing,
    origins: config.origins,
    trustedProxies,
    leaseMaxMs,
    limits: { ...defaultLimits, ...parts.limits },
    admit: { '/agent': (principal) => authorizeAgentName(principal), '/operator': admitPerson },
    desks,
    answered: metrics.answered,
    log,
  })
  const server = sockets
  let closing: Promise<void> | undefined
  const closeAll = async (reconnectAfterMs: number): Promise<void> => {
    draining = true
    server.drain(reconnectAfterMs)
    await server.idle()
    await archiver?.stop()
    await running.stop()
    await server.close()
    await bus?.close()
    await http.close()
    metrics.close()
    await opened.close()
  }

  const address = await http
    .listen({
      host: config.host,
      port: config.port,
      // who starts this says the address, once
      listenTextResolver: () => 'Connections are accepted.',
    })
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

async function openBus({ url, prefix }: RedisConfig, store: Store, clock: Clock): Promise<Bus> {
  try {
    return await openRedisBus(url, prefix, clock)
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
function timed(store: Store, clock: Clock, took: (ms: number) => void, writable: () => boolean): Store {
  const commit: Store['commit'] = async (change) => {
    const startedAt = clock.monotonicMs()
    try {
      const result = await store.commit(change)
      took(clock.monotonicMs() - startedAt)
      return result
    } catch (error) {
      // whether it was for want of room is told before anybody asks
      writable()
      throw error
    }
  }
  return Object.assign(Object.create(store), { commit, writable }) as Store
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
