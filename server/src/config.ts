import { isIP } from 'node:net'
import { ok, type Result, refused } from '@holdpoint/shared'

/** The server's settings, checked. */
export interface Config {
  /** Where the embedded store lives; on Redis, what this node itself remembers of it. */
  readonly dataFolder: string
  /** Where the signing keys are, where not in the data folder. All nodes of one store need the same. */
  readonly keysFolder?: string
  /** Undefined: nothing is archived, and nothing is ever deleted. */
  readonly archive?: ArchiveConfig
  /** The store that nodes share; undefined: the embedded one, for this process alone. */
  readonly redis?: RedisConfig
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Browser origins that may connect, beside the server's own (ID4). */
  readonly origins: readonly string[]
  /** How many proxies of ours stand before it and say from where requests come (ID4); undefined: none. */
  readonly trustedProxies?: number
  readonly logLevel: LogLevel
  /** Names this node in logs, metrics and answers. */
  readonly nodeName: string
  /** Whose tokens are believed instead of our own (ID1). */
  readonly externalIssuer?: ExternalIssuer
  /** How people are told (ES2). */
  readonly notify?: NotifyConfig
}

export interface NotifyConfig {
  /** By the names that policy knows them by. */
  readonly secrets: Readonly<Record<string, string>>
  /** More of them: one file each. */
  readonly secretsFolder?: string
  /** What webhooks may reach though it is not public: addresses and blocks (CIDR). */
  readonly allowedAddresses: readonly string[]
  /** Where people open the console; messages link there. */
  readonly publicUrl?: string
}

/** Where events are kept for good. */
export interface ArchiveConfig {
  readonly folder: string
  /** How long archived events stay in the store. */
  readonly keepDays: number
}

export interface RedisConfig {
  /** `redis[s]://[user:password@]host:port[/db]`. */
  readonly url: string
  /** What every key begins with. */
  readonly prefix: string
  /** PR1: refuse to start on a Redis that promises less than this `appendfsync`. */
  readonly strict?: 'always' | 'everysec'
  /** How many replicas must have a commit before it counts. */
  readonly replicas: number
  /** A store that an older version wrote is brought over at the start. */
  readonly upgrade?: true
}

export interface ExternalIssuer {
  readonly issuer: string
  readonly jwksUrl: string
  readonly audience: string
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings from environment variables; one set to nothing counts as not set.
 * Errors: `invalid`, a sentence that names the variable and what it should hold.
 */
export function readConfig(env: Environment): Result<Config> {
  const port = readPort(env)
  if (!port.ok) return port
  const origins = readOrigins(env)
  if (!origins.ok) return origins
  const trustedProxies = value(env, 'HOLDPOINT_TRUSTED_PROXIES')
  if (trustedProxies !== undefined && !/^\d$/.test(trustedProxies))
    return wrong('HOLDPOINT_TRUSTED_PROXIES', 'how many proxies stand before it, from 0 to 9', trustedProxies)
  const logLevel = readLogLevel(env)
  if (!logLevel.ok) return logLevel
  const nodeName = readNodeName(env)
  if (!nodeName.ok) return nodeName
  const externalIssuer = readExternalIssuer(env)
  if (!externalIssuer.ok) return externalIssuer
  const redis = readRedis(env)
  if (!redis.ok) return redis
  const archive = readArchive(env)
  if (!archive.ok) return archive
  const notify = readNotify(env)
  if (!notify.ok) return notify
  const keysFolder = value(env, 'HOLDPOINT_KEYS')
  return ok({
    dataFolder: value(env, 'HOLDPOINT_DATA') ?? './holdpoint-data',
    ...(keysFolder ? { keysFolder } : {}),
    ...(redis.value ? { redis: redis.value } : {}),
    ...(archive.value ? { archive: archive.value } : {}),
    host: value(env, 'HOLDPOINT_HOST') ?? '127.0.0.1',
    port: port.value,
    origins: origins.value,
    ...(trustedProxies === undefined ? {} : { trustedProxies: Number(trustedProxies) }),
    logLevel: logLevel.value,
    nodeName: nodeName.value,
    ...(externalIssuer.value ? { externalIssuer: externalIssuer.value } : {}),
    notify: notify.value,
  })
}

const value = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

const wrong = (name: string, must: string, found?: string) =>
  refused('invalid', `${name} must be ${must}${found === undefined ? '' : `; it is "${found}"`}.`)

function readPort(env: Environment): Result<number> {
  const text = value(env, 'HOLDPOINT_PORT') ?? '7411'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? ok(port) : wrong('HOLDPOINT_PORT', 'a port from 0 (any free one) to 65535', text)
}

function readOrigins(env: Environment): Result<readonly string[]> {
  const origins: string[] = []
  for (const part of (value(env, 'HOLDPOINT_ORIGINS') ?? '').split(',')) {
    const origin = part.trim()
    if (origin === '') continue
    if (parseUrl(origin)?.origin !== origin)
      return wrong('HOLDPOINT_ORIGINS', 'origins like https://console.example, joined by commas', origin)
    origins.push(origin)
  }
  return ok(origins)
}

function readLogLevel(env: Environment): Result<LogLevel> {
  const text = value(env, 'HOLDPOINT_LOG_LEVEL') ?? 'info'
  const level = logLevels.find((one) => one === text)
  return level ? ok(level) : wrong('HOLDPOINT_LOG_LEVEL', `one of ${logLevels.join(', ')}`, text)
}

function readNodeName(env: Environment): Result<string> {
  const text = value(env, 'HOLDPOINT_NODE_NAME') ?? 'holdpoint'
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)
    ? ok(text)
    : wrong('HOLDPOINT_NODE_NAME', 'letters, digits, dots, dashes and underscores, at most 63', text)
}

function readArchive(env: Environment): Result<ArchiveConfig | undefined> {
  const folder = value(env, 'HOLDPOINT_ARCHIVE')
  const days = value(env, 'HOLDPOINT_ARCHIVE_KEEP_DAYS')
  if (!folder)
    return days ? wrong('HOLDPOINT_ARCHIVE', 'set where HOLDPOINT_ARCHIVE_KEEP_DAYS is') : ok(undefined)
  if (!/^\d{1,4}$/.test(days ?? '30'))
    return wrong('HOLDPOINT_ARCHIVE_KEEP_DAYS', 'a number of days from 0 to 9999', days)
  return ok({ folder, keepDays: Number(days ?? '30') })
}

/** A store that was meant to be shared must not turn out to be this process's own. */
function readRedis(env: Environment): Result<RedisConfig | undefined> {
  const url = value(env, 'HOLDPOINT_REDIS_URL')
  const store = value(env, 'HOLDPOINT_STORE') ?? (url ? 'redis' : 'embedded')
  if (store !== 'embedded' && store !== 'redis')
    return wrong('HOLDPOINT_STORE', 'embedded (one process) or redis (many nodes)', store)
  if (store === 'embedded')
    return url ? wrong('HOLDPOINT_REDIS_URL', 'left out where HOLDPOINT_STORE is embedded') : ok(undefined)
  if (!url) return wrong('HOLDPOINT_REDIS_URL', 'set where HOLDPOINT_STORE is redis: redis://host:6379')
  // The text may hold a password, so it is not quoted.
  if (!['redis:', 'rediss:'].includes(parseUrl(url)?.protocol ?? ''))
    return wrong(
      'HOLDPOINT_REDIS_URL',
      'an address like redis://host:6379 or rediss://user:password@host:6379',
    )
  const prefix = value(env, 'HOLDPOINT_REDIS_PREFIX') ?? 'holdpoint:'
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(prefix))
    return wrong('HOLDPOINT_REDIS_PREFIX', 'letters, digits, dots, dashes and colons, at most 64', prefix)
  const strict = value(env, 'HOLDPOINT_REDIS_STRICT')
  if (strict !== undefined && strict !== 'always' && strict !== 'everysec')
    return wrong('HOLDPOINT_REDIS_STRICT', 'always or everysec', strict)
  const replicas = value(env, 'HOLDPOINT_REDIS_REPLICAS') ?? '0'
  if (!/^\d$/.test(replicas))
    return wrong('HOLDPOINT_REDIS_REPLICAS', 'how many replicas must have a commit, from 0 to 9', replicas)
  const upgrade = value(env, 'HOLDPOINT_REDIS_UPGRADE')
  if (upgrade !== undefined && upgrade !== 'yes')
    return wrong('HOLDPOINT_REDIS_UPGRADE', 'yes, or left out', upgrade)
  return ok({
    url,
    prefix,
    ...(strict ? { strict } : {}),
    replicas: Number(replicas),
    ...(upgrade && { upgrade: true }),
  })
}

/** Neither half of an external issuer may silently fall back to our own keys. */
function readExternalIssuer(env: Environment): Result<ExternalIssuer | undefined> {
  const issuer = value(env, 'HOLDPOINT_ISSUER')
  const jwksUrl = value(env, 'HOLDPOINT_JWKS_URL')
  const audience = value(env, 'HOLDPOINT_AUDIENCE')
  if (!issuer && !jwksUrl && !audience) return ok(undefined)
  if (!issuer) return wrong('HOLDPOINT_ISSUER', `set: the "iss" of the issuer's tokens`)
  if (!jwksUrl) return wrong('HOLDPOINT_JWKS_URL', `set: where the issuer's keys are`)
  const url = parseUrl(jwksUrl)
  if (!url || url.username || url.password || !isSafe(url))
    return wrong('HOLDPOINT_JWKS_URL', 'an https address without a password (http on loopback only)')
  return ok({ issuer, jwksUrl, audience: audience ?? 'holdpoint' })
}

/** Keys fetched in the clear could be anybody's. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

const SECRET = /^HOLDPOINT_SECRET_([A-Z0-9][A-Z0-9_]{0,63})$/

function readNotify(env: Environment): Result<NotifyConfig> {
  const secrets: Record<string, string> = {}
  for (const name of Object.keys(env)) {
    const secret = SECRET.exec(name)?.[1]
    const held = value(env, name)
    if (secret !== undefined && held !== undefined) secrets[secret.toLowerCase().replaceAll('_', '-')] = held
  }
  const allowedAddresses = (value(env, 'HOLDPOINT_WEBHOOK_ALLOW') ?? '')
    .split(',')
    .flatMap((part) => part.trim() || [])
  const unfit = allowedAddresses.find((block) => !isBlock(block))
  if (unfit !== undefined)
    return wrong('HOLDPOINT_WEBHOOK_ALLOW', 'addresses or blocks like 10.1.0.0/16, joined by commas', unfit)
  const publicUrl = value(env, 'HOLDPOINT_PUBLIC_URL')
  const url = publicUrl === undefined ? undefined : parseUrl(publicUrl)
  if (
    publicUrl !== undefined &&
    (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
  )
    return wrong('HOLDPOINT_PUBLIC_URL', 'an address like https://holdpoint.example.org', publicUrl)
  const secretsFolder = value(env, 'HOLDPOINT_SECRETS')
  return ok({
    secrets,
    allowedAddresses,
    ...(secretsFolder !== undefined && { secretsFolder }),
    ...(publicUrl !== undefined && { publicUrl }),
  })
}

function isBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}
