import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Cancel,
  type Clock,
  type ControlPlane,
  type ControlPlaneParts,
  type EmbeddedStore,
  issueToken,
  type Keys,
  type NotifyConfig,
  openEmbeddedStore,
  openKeys,
  startControlPlane,
  systemClock,
} from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'
import { type DiskFaults, faultyDisk } from './faulty-disk.ts'
import { prepareKeys } from './prepared-keys.ts'
import { openRawSocket, type RawSocket } from './raw-socket.ts'

export interface HarnessOptions<C extends Clock = Clock> {
  readonly clock?: C
  /** Kept when it is given, removed at the end when it is not. */
  readonly folder?: string
  /** What is wrong with the disk: a test may turn one on and off. */
  readonly faults?: DiskFaults
  /** Told when the disk did not confirm a write; `main.ts` ends the process then. */
  readonly onFatal?: (error: Error) => void
  readonly parts?: Omit<ControlPlaneParts, 'clock' | 'store'>
  readonly origins?: readonly string[]
  readonly trustedProxies?: number
  /** What the server sees of its store. */
  readonly storeSeen?: (store: EmbeddedStore) => EmbeddedStore
  /** Secrets, and what webhooks may reach. */
  readonly notify?: NotifyConfig
}

/** Whom a token names; defaults: tenant `default`, an hour. */
export interface TokenOptions {
  readonly subject: string
  readonly role?: Role
  readonly tenant?: string
  readonly ttlMs?: number
  readonly owner?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** A whole control plane in this process: a real server on a free port, a real store in a folder of its own. */
export interface Harness<C extends Clock = Clock> extends AsyncDisposable {
  readonly clock: C
  readonly url: string
  readonly folder: string
  readonly keys: Keys
  readonly store: EmbeddedStore
  token(options: TokenOptions): Promise<string>
  agentSocket(options: TokenOptions): Promise<RawSocket>
  operatorSocket(options: Partial<TokenOptions>): Promise<RawSocket>
  /** A raw connection with whatever handshake; resolves connected, rejects with the refusal. */
  connect(namespace: '/agent' | '/operator', auth: object): Promise<RawSocket>
  /** Drains and closes the server, and leaves folder and clock for another one. */
  stop(): Promise<void>
  /** Stops, and starts again on the same folder and clock; `between` happens while nothing runs. */
  restart(between?: () => Promise<void>): Promise<void>
  /** With nothing running: opens the store alone, as a crash would have left it. */
  withStore(work: (store: EmbeddedStore) => Promise<void>): Promise<void>
}

export async function controlPlane<C extends Clock = Clock>(
  options: HarnessOptions<C> = {},
): Promise<Harness<C>> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'holdpoint-')))
  await prepareKeys(folder)
  const clock = options.clock ?? (systemClock as C)
  const counting = countingClock(clock)
  const sockets = new Set<RawSocket>()
  let store: EmbeddedStore
  let running = await start().catch(async (error: unknown) => {
    await store?.close()
    if (options.folder === undefined) await rm(folder, { recursive: true })
    throw error
  })

  async function start(): Promise<ControlPlane> {
    store = await openEmbeddedStore({
      folder,
      clock: counting,
      pid: process.pid,
      ...(options.faults && { disk: faultyDisk(options.faults) }),
      ...(options.onFatal && { onFatal: options.onFatal }),
    })
    return startControlPlane(
      {
        dataFolder: folder,
        host: '127.0.0.1',
        port: 0,
        origins: options.origins ?? [],
        logLevel: process.env.HOLDPOINT_LOG_LEVEL ? 'debug' : 'silent',
        nodeName: 'test',
        ...(options.notify && { notify: options.notify }),
        ...(options.trustedProxies !== undefined && { trustedProxies: options.trustedProxies }),
      },
      { ...options.parts, clock: counting, store: options.storeSeen?.(store) ?? store },
    )
  }

  const keys = await openKeys(folder)
  const token = async ({
    subject,
    role = 'agent',
    tenant = 'default',
    ttlMs = HOUR,
    owner,
    labels,
  }: TokenOptions) => {
    const issued = await issueToken(keys, { tenant, subject, role, ttlMs, owner, labels, clock })
    if (!issued.ok) throw new Error(issued.error.message)
    return issued.value
  }
  const connect = async (namespace: '/agent' | '/operator', auth: object): Promise<RawSocket> => {
    const socket = await openRawSocket(running.address, namespace, auth)
    sockets.add(socket)
    return socket
  }
  const stop = async (): Promise<void> => {
    await running.close()
    const left = counting.pending()
    if (left > 0) throw new Error(`${left} timers are left after the control plane closed`)
  }

  return {
    clock,
    get url() {
      return running.address
    },
    get store() {
      return store
    },
    folder,
    keys,
    token,
    connect,
    agentSocket: async (who) => connect('/agent', { token: await token(who), protocol: 1 }),
    operatorSocket: async ({ subject = 'ana', role = 'admin', ...who }) =>
      connect('/operator', { token: await token({ subject, role, ...who }), protocol: 1 }),
    stop,
    async restart(between) {
      await stop()
      await between?.()
      running = await start()
    },
    async withStore(work) {
      const store = await openEmbeddedStore({ folder, clock })
      await work(store).finally(() => store.close())
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.close()
      await stop()
      await expectClosed(running)
      if (options.folder === undefined) await rm(folder, { recursive: true })
    },
  }
}

/** Nothing answers, and the store is closed: what is still open would outlive the test. */
async function expectClosed({ address, store }: ControlPlane): Promise<void> {
  const answered = await fetch(`${address}/healthz`).then(
    () => true,
    () => false,
  )
  if (answered) throw new Error('the server still answers after it was closed')
  const open = await store.heads().then(
    () => true,
    () => false,
  )
  if (open) throw new Error('the store is still open after the control plane closed')
}

/** Counts the timers that are set and neither fired nor called off. */
function countingClock(clock: Clock): Clock & { pending(): number } {
  let pending = 0
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after(delayMs, wake): Cancel {
      pending += 1
      let over = false
      const end = (): void => {
        if (!over) pending -= 1
        over = true
      }
      const cancel = clock.after(delayMs, () => {
        end()
        wake()
      })
      return () => {
        end()
        cancel()
      }
    },
    pending: () => pending,
  }
}
