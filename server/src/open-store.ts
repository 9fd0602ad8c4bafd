import { join } from 'node:path'
import { type Keys, KeysUnusable } from './auth/keys.ts'
import type { Clock } from './clock.ts'
import type { Config, RedisConfig } from './config.ts'
import type { Copyable } from './store/copying.ts'
import { openEmbeddedStore } from './store/embedded/open-store.ts'
import { missingOf, type RedisSettings } from './store/redis/durability.ts'
import { openRedisStore } from './store/redis/open-store.ts'
import type { Store } from './store/store.ts'

/** A store that is open, with what it says of itself. */
export interface OpenStore extends Store {
  /** Numbers are for `/metrics`; `settings` are what was read back of its durability (PR1), for `/readyz`. */
  stats(): { readonly settings: object }
  /** Where it is files of this machine. */
  readonly backup?: Copyable['backup']
}

export interface OpeningParts {
  readonly clock: Clock
  /** Told once when nothing that this process knows of the store is certain any more: it must end. */
  readonly onFatal: (error: Error) => void
  readonly pid?: number | undefined
  /** ST9: told where history that was seen before is gone. */
  readonly onHistoryLost: (epochs: Epochs) => void
  /** Told when the database does not take what its log holds, with what the disk said, and with nothing once it does again. */
  readonly onKeptInLog: (why: Error | undefined) => void
  /** PR1: told what Redis does not promise of what keeps every acknowledged commit, where that was not demanded of it; again where that changes. */
  readonly onPromisedLess: (missing: readonly string[]) => void
  /** Told what Redis refuses though its state is no hindrance. */
  readonly onDefect: (error: Error) => void
}

export interface Epochs {
  readonly epoch: number
  readonly previousEpoch: number
}

/** The store that the settings name. Throws what the stores throw on a start that can't be. */
export function openStore(config: Config, keys: Keys, parts: OpeningParts): Promise<OpenStore> {
  if (config.redis) return openShared(config, config.redis, keys, parts)
  const { clock, onFatal, onHistoryLost, onKeptInLog, pid } = parts
  return openEmbeddedStore({
    folder: config.dataFolder,
    clock,
    onFatal,
    onHistoryLost,
    onKeptInLog,
    ...(pid !== undefined && { pid }),
  })
}

async function openShared(
  { dataFolder, nodeName, externalIssuer }: Config,
  { url, prefix, strict, replicas, upgrade }: RedisConfig,
  keys: Keys,
  { clock, onFatal, onHistoryLost, onPromisedLess, onDefect }: OpeningParts,
): Promise<OpenStore> {
  let told = ''
  /** After a failover it may be another Redis, which is set up otherwise. */
  const onSettings = (settings: RedisSettings): void => {
    const missing = missingOf(settings, { appendfsync: 'always', replicas })
    const isNews = missing.join() !== told
    told = missing.join()
    if (isNews && missing.length > 0) onPromisedLess(missing)
  }
  const store = await openRedisStore({
    url,
    prefix,
    clock,
    onFatal,
    onHistoryLost,
    onDefect,
    upgrade,
    witness: join(dataFolder, `redis-heads-${nodeName}.json`),
    ...(!strict && { onSettings }),
    ...(strict && { strict: { appendfsync: strict, replicas } }),
    ...(replicas > 0 && { replicas: { atLeast: replicas } }),
  })
  try {
    if (!externalIssuer) await assertSameSigner(store, keys)
    await assertSameSealer(store, keys)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

interface Agreeing {
  agree(name: string, own: string, replaces: (standing: string) => boolean): Promise<string>
}

/**
 * ID1: all nodes verify what any of them, or anybody with their keys, has signed. Keys are changed by giving every node
 * a file that verifies the old one too; the first that starts with it makes the new one count.
 */
async function assertSameSigner(store: Agreeing, { kid, jwks }: Keys): Promise<void> {
  const standing = await store.agree('signer', kid, (other) => jwks.keys.some((key) => key.kid === other))
  if (standing !== kid)
    throw new KeysUnusable(
      'This node has other signing keys than the nodes that share its Redis, and would refuse their tokens: ' +
        'give it the same keys.json (HOLDPOINT_KEYS names its folder).',
    )
}

/** What one node seals for the store (second factors), the others must be able to open: the first one leaves a sample. */
async function assertSameSealer(store: Agreeing, { sealer }: Keys): Promise<void> {
  if (!sealer) return
  const sample = await store.agree('sealed', sealer.seal(SAMPLE, SAMPLE), () => false)
  if (sealer.unseal(sample, SAMPLE) !== SAMPLE)
    throw new KeysUnusable(
      'This node has another key for second factors than the nodes that share its Redis, and could not check them: ' +
        'give it the same sealing.json (HOLDPOINT_KEYS names its folder).',
    )
}

const SAMPLE = 'holdpoint'
