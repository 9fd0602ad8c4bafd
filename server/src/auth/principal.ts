import {
  isSelfOrChild,
  LABEL_PATTERN,
  NAME_PATTERN,
  ok,
  personRoles,
  type Result,
  type Role,
  refused,
  TENANT_PATTERN,
} from '@holdpoint/shared'

/** Who is calling, as its verified token says (ID2). Times are ms since the Unix epoch. */
export interface Principal {
  readonly tenant: string
  /** The token's subject: an agent's, a tool's or a person's id. */
  readonly id: string
  readonly role: Role
  readonly owner?: string
  readonly labels: Readonly<Record<string, string>>
  readonly jti: string
  /** Of a session's token: since when the session has been there. What is revoked up to some time takes sessions along. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** The browser's session that it was made for: over with it. */
  readonly session?: string
}

/** What a token says, before it is believed. `iat` and `exp` in seconds (RFC 7519), with fractions. */
export interface Claims {
  readonly tenant?: unknown
  readonly sub?: unknown
  readonly role?: unknown
  readonly owner?: unknown
  readonly labels?: unknown
  readonly jti?: unknown
  readonly iat?: unknown
  readonly exp?: unknown
  /** Ours alone, by a name that no other issuer gives a claim. */
  readonly holdpoint_session?: unknown
  /** When that session began, in seconds. */
  readonly holdpoint_session_since?: unknown
}

const MAX_LABELS = 32
const MAX_JTI_LENGTH = 128

/** The log names this as the one who caused what nobody asked for; no token may pass as it. */
const RESERVED = 'system'

/** Reads the claims strictly. Errors: `unauthenticated`, naming the claim and never its value. */
export function readClaims(claims: Claims): Result<Principal> {
  const { tenant, sub, role, owner, labels, jti, holdpoint_session: session } = claims
  const { holdpoint_session_since: since = claims.iat } = claims
  if (!matches(tenant, TENANT_PATTERN)) return bad('tenant', 'be a tenant id')
  if (!matches(sub, NAME_PATTERN)) return bad('sub', 'be an agent or person id')
  if (isSelfOrChild(sub, RESERVED)) return bad('sub', `not be "${RESERVED}", which is reserved`)
  if (!isRole(role)) return bad('role', `be one of ${roles.join(', ')}`)
  if (owner !== undefined && !matches(owner, NAME_PATTERN)) return bad('owner', 'be a person id')
  if (owner !== undefined && isSelfOrChild(owner, RESERVED))
    return bad('owner', `not be "${RESERVED}", which is reserved`)
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH)
    return bad('jti', `be a text of 1 to ${MAX_JTI_LENGTH} characters`)
  if (session !== undefined && !(typeof session === 'string' && session !== ''))
    return bad('holdpoint_session', 'be a session id')
  const issuedAt = milliseconds(claims.iat)
  if (issuedAt === undefined) return bad('iat', 'be a time in seconds')
  const sessionSince = milliseconds(since)
  if (sessionSince === undefined) return bad('holdpoint_session_since', 'be a time in seconds')
  const expiresAt = milliseconds(claims.exp)
  if (expiresAt === undefined) return bad('exp', 'be a time in seconds')
  const read = readLabels(labels)
  if (!read)
    return bad(
      'labels',
      `be an object of at most ${MAX_LABELS} plain keys and values (${LABEL_PATTERN.source})`,
    )
  return ok({
    tenant,
    id: sub,
    role,
    ...(owner === undefined ? {} : { owner }),
    labels: read,
    jti,
    issuedAt: Math.min(issuedAt, sessionSince),
    expiresAt,
    ...(session === undefined ? {} : { session }),
  })
}

const roles: readonly Role[] = [...personRoles, 'agent', 'tool']

const isRole = (value: unknown): value is Role => (roles as readonly unknown[]).includes(value)

const matches = (value: unknown, pattern: RegExp): value is string =>
  typeof value === 'string' && pattern.test(value)

function milliseconds(seconds: unknown): number | undefined {
  if (typeof seconds !== 'number') return undefined
  const ms = Math.round(seconds * 1_000)
  return ms >= 0 && ms <= LATEST_TIME_MS ? ms : undefined
}

/** The last time that a JavaScript date can hold; later ones have no ISO form. */
const LATEST_TIME_MS = 8_640_000_000_000_000

function readLabels(labels: unknown): Record<string, string> | undefined {
  if (labels === undefined) return {}
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return undefined
  const entries = Object.entries(labels)
  if (entries.length > MAX_LABELS) return undefined
  const fit = entries.every(
    // `__proto__` fits the pattern, and readers that copy key by key would lose it
    ([key, value]) => key !== '__proto__' && LABEL_PATTERN.test(key) && matches(value, LABEL_PATTERN),
  )
  return fit ? Object.fromEntries(entries) : undefined
}

const bad = (claim: string, must: string) =>
  refused('unauthenticated', `The token's "${claim}" must ${must}.`)
