/** PR1: what Redis promises, read back and shown. */
import { counted } from '@holdpoint/shared'
import { StoreUnavailable, StoreUnusable } from '../store.ts'
import type { Connection, Reply } from './connection.ts'

/** `unknown` where Redis doesn't let it be read. */
export interface RedisSettings {
  readonly version: string
  /** `master`; anything else is no primary. */
  readonly role: string
  readonly appendonly: string
  readonly appendfsync: string
  readonly maxmemoryPolicy: string
  /** Replicas that are connected, and in step as far as Redis says. */
  readonly replicas: number
}

/** What could not be read `before` is not asked for again, which Redis would refuse each time. */
export async function readSettings(
  { send }: Pick<Connection, 'send'>,
  before?: RedisSettings,
): Promise<RedisSettings> {
  const [appendonly, appendfsync, memory, server, replication] = await Promise.all([
    before?.appendonly === 'unknown' ? 'unknown' : setting(send, 'appendonly'),
    before?.appendfsync === 'unknown' ? 'unknown' : setting(send, 'appendfsync'),
    send('INFO', 'memory'),
    send('INFO', 'server'),
    send('INFO', 'replication'),
  ])
  return {
    version: field(server, 'redis_version') ?? 'unknown',
    role: roleIn(replication),
    appendonly,
    appendfsync,
    maxmemoryPolicy: field(memory, 'maxmemory_policy') ?? 'unknown',
    replicas: String(replication).match(/^slave\d+:.*state=online/gm)?.length ?? 0,
  }
}

/** Not by ROLE, which costs as little and may be forbidden, while every connection begins with INFO. */
export const readRole = async ({ send }: Pick<Connection, 'send'>): Promise<Pick<RedisSettings, 'role'>> => ({
  role: roleIn(await send('INFO', 'replication')),
})

const roleIn = (replication: Reply): string => field(replication, 'role') ?? 'unknown'

/** Managed servers forbid CONFIG. */
const setting = async (send: Connection['send'], name: string): Promise<string> => {
  const reply = await send('CONFIG', 'GET', name).catch((error: Error) => {
    if (/^(NOPERM|ERR)/.test(error.message)) return []
    throw error
  })
  return String((reply as readonly Reply[])[1] ?? 'unknown')
}

const field = (info: Reply, name: string): string | undefined =>
  String(info).match(new RegExp(`^${name}:(.*?)\r?$`, 'm'))?.[1]

/** Throws StoreUnusable where the scripts would not run: they need Redis 7.0. */
export function assertRecent({ version }: RedisSettings): void {
  if (Number.parseInt(version, 10) < 7)
    throw new StoreUnusable(`Redis is version ${version}; Holdpoint needs 7.0 or later.`)
}

/**
 * Throws StoreUnavailable where it is no primary: what it holds may be of any time past, and leases would be granted on that. After a failover
 * the address leads to the primary again before long.
 */
export function assertPrimary({ role }: Pick<RedisSettings, 'role'>): void {
  if (role === 'master') return
  const what = role === 'slave' ? 'a replica' : `no primary (its role is ${role})`
  throw new StoreUnavailable(
    `This Redis is ${what}, which takes no commits: HOLDPOINT_REDIS_URL must lead to the primary.`,
  )
}

/**
 * Throws StoreUnusable where a full Redis throws away what it likes: with a stop or a revocation what it held back would go on, before
 * anybody notices.
 */
export function assertKeepsAll({ maxmemoryPolicy }: RedisSettings): void {
  if (maxmemoryPolicy.startsWith('allkeys-'))
    throw new StoreUnusable(
      `A full Redis would throw away what it likes (maxmemory-policy is ${maxmemoryPolicy}), a stop or a revocation as well: ` +
        'set maxmemory-policy to noeviction.',
    )
}

/** Whether Redis can say that a write is on its replicas' disks, and not only with them: from 7.2 on. */
export function hasWaitAof({ version, appendonly }: RedisSettings): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return appendonly === 'yes' && (major > 7 || (major === 7 && minor >= 2))
}

/** What a strict store must have been promised. */
export interface Promised {
  /** `always`: an acknowledged commit is on disk. `everysec`: it may take a second, which a crash loses. */
  readonly appendfsync: 'always' | 'everysec'
  readonly replicas: number
}

/** What of that Redis does not promise, in words. */
export function missingOf(settings: RedisSettings, { appendfsync, replicas }: Promised): readonly string[] {
  return [
    ...(settings.appendonly === 'yes' ? [] : [`appendonly is ${settings.appendonly}, not yes`]),
    ...(settings.appendfsync === 'always' || settings.appendfsync === appendfsync
      ? []
      : [`appendfsync is ${settings.appendfsync}, not ${appendfsync}`]),
    ...(settings.maxmemoryPolicy === 'noeviction'
      ? []
      : [`maxmemory-policy is ${settings.maxmemoryPolicy}, not noeviction`]),
    ...(settings.replicas >= replicas
      ? []
      : [`${counted(settings.replicas, 'replica is', 'replicas are')} connected, not ${replicas}`]),
  ]
}

/** Throws StoreUnusable, with all that is missing, where Redis promises less. */
export function assertPromised(settings: RedisSettings, promised: Promised): void {
  const missing = missingOf(settings, promised)
  if (missing.length > 0)
    throw new StoreUnusable(`Redis promises less than it must (strict): ${missing.join('; ')}.`)
}
