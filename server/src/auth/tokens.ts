import { failed, newId, ok, type Refusal, type Result, type Role, refusal, refused } from '@holdpoint/shared'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { Clock } from '../clock.ts'
import { type Keys, SIGNING_ALGORITHMS } from './keys.ts'
import { type Principal, readClaims } from './principal.ts'
import { createTokenCache } from './token-cache.ts'

/** The `iss` of our own tokens. What tells installations apart is their keys. */
const OWN_ISSUER = 'holdpoint'
/** The default `aud`: who a token must be meant for. */
export const AUDIENCE = 'holdpoint'
/** The `typ` of our own tokens: neither a grant nor any other JWT can pass for one (RFC 8725 §3.11). */
export const TOKEN_TYPE = 'holdpoint+jwt'
/** What an external issuer's access tokens say (RFC 9068); its ID tokens say something else and are refused. */
const ACCESS_TOKEN_TYPE = 'at+jwt'

const EXTERNAL_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'PS384', 'RS256', 'RS384']

const MAX_TOKEN_LENGTH = 8_192

/** How far ahead of ours an issuer's clock may be: a token from the future would outlive a revocation. */
const MAX_CLOCK_LEAD_MS = 60_000

/** How long a verified token is believed without looking again, so that a withdrawn key stops counting. */
const CACHE_MS = 5 * 60_000
const CACHE_ENTRIES = 10_000

/** What a token is to say. */
export interface TokenRequest {
  readonly tenant: string
  /** The agent's, tool's or person's id; a child agent is `parent/child`. */
  readonly subject: string
  readonly role: Role
  /** Unit: ms from now. */
  readonly ttlMs: number
  readonly owner?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** The session that it is made for. */
  readonly session?: string | undefined
  /** When that began, ms. */
  readonly sessionSince?: number | undefined
  readonly clock: Clock
}

/**
 * Signs a token (ID1). Its times carry milliseconds, so that a revocation "until now" spares what is issued after it.
 * Errors: `invalid`, naming the claim, for what `verify` would refuse.
 */
export async function issueToken(keys: Keys, request: TokenRequest): Promise<Result<string>> {
  const now = request.clock.now()
  const claims = {
    tenant: request.tenant,
    sub: request.subject,
    role: request.role,
    ...(request.owner === undefined ? {} : { owner: request.owner }),
    ...(request.labels === undefined ? {} : { labels: request.labels }),
    ...(request.session === undefined ? {} : { holdpoint_session: request.session }),
    ...(request.sessionSince === undefined ? {} : { holdpoint_session_since: request.sessionSince / 1_000 }),
    iss: OWN_ISSUER,
    aud: AUDIENCE,
    iat: now / 1_000,
    exp: (now + request.ttlMs) / 1_000,
    jti: newId(),
  }
  if (!Number.isSafeInteger(request.ttlMs) || request.ttlMs < 1)
    return refused('invalid', 'A token must live for a positive whole number of milliseconds.')
  const problem = readClaims(claims)
  if (!problem.ok) return refused('invalid', problem.error.message)
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: keys.algorithm, typ: TOKEN_TYPE, kid: keys.kid })
    .sign(keys.signingKey)
  if (token.length > MAX_TOKEN_LENGTH)
    return refused(
      'too_large',
      `The token would be longer than ${MAX_TOKEN_LENGTH} characters; use fewer labels.`,
    )
  return ok(token)
}

/** Whose tokens are believed: ours, or those of one external issuer. */
export type Trusted =
  | { readonly keys: Keys }
  | { readonly jwksUrl: string; readonly issuer: string; readonly audience?: string | undefined }

export interface Verifier {
  /**
   * Who a token names. Errors: `unauthenticated` with the reason; `unavailable` where the external issuer's keys
   * can not be fetched.
   */
  verify(token: unknown): Promise<Result<Principal>>
}

export function createVerifier(options: Trusted & { readonly clock: Clock }): Verifier {
  const { clock } = options
  const trust = readTrust(options)
  const cache = createTokenCache(clock, CACHE_MS, CACHE_ENTRIES)

  const check = async (token: string): Promise<Result<Principal>> => {
    const payload = await verifySignature(token, trust, clock)
    if (!payload.ok) return payload
    const principal = readClaims(payload.value)
    if (!principal.ok) return principal
    if (principal.value.issuedAt > clock.now() + MAX_CLOCK_LEAD_MS)
      return refused(
        'unauthenticated',
        'The token was issued in the future; check the clocks and ask for a new one.',
      )
    return principal
  }

  return {
    async verify(token) {
      if (typeof token !== 'string' || token === '')
        return refused('unauthenticated', 'There is no token; present one in the handshake or as a bearer.')
      if (token.length > MAX_TOKEN_LENGTH)
        return refused('unauthenticated', `The token is longer than ${MAX_TOKEN_LENGTH} characters.`)
      const known = cache.get(token)
      const principal = known ? ok(known) : await check(token)
      if (!principal.ok) return principal
      if (clock.now() >= principal.value.expiresAt) return expired
      if (!known) cache.put(token, principal.value)
      return principal
    },
  }
}

interface Trust {
  readonly keyFor: JWTVerifyGetKey
  readonly issuer: string
  readonly audience: string
  readonly algorithms: string[]
  readonly types: readonly string[]
}

function readTrust(trusted: Trusted): Trust {
  if ('keys' in trusted)
    return {
      keyFor: createLocalJWKSet(trusted.keys.jwks),
      issuer: OWN_ISSUER,
      audience: AUDIENCE,
      algorithms: SIGNING_ALGORITHMS,
      types: [TOKEN_TYPE],
    }
  return {
    keyFor: createRemoteJWKSet(new URL(trusted.jwksUrl)),
    issuer: trusted.issuer,
    audience: trusted.audience ?? AUDIENCE,
    algorithms: EXTERNAL_ALGORITHMS,
    types: [TOKEN_TYPE, ACCESS_TOKEN_TYPE],
  }
}

async function verifySignature(token: string, trust: Trust, clock: Clock): Promise<Result<JWTPayload>> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, trust.keyFor, {
      algorithms: trust.algorithms,
      issuer: trust.issuer,
      audience: trust.audience,
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
      currentDate: new Date(clock.now()),
    })
    if (!trust.types.includes(mediaType(protectedHeader.typ))) return failed(sentences.typ)
    return ok(payload)
  } catch (error) {
    return failed(explain(error))
  }
}

/** RFC 7515 §4.1.9: case does not count, and `application/` may be left out. */
const mediaType = (typ: unknown): string =>
  typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''

const unauthenticated = (sentence: string, details?: Record<string, unknown>): Refusal =>
  refusal('unauthenticated', sentence, details)

const expired = { ok: false, error: unauthenticated('The token has expired; present a fresh one.') } as const

const sentences: Readonly<Record<string, Refusal>> & { readonly typ: Refusal } = {
  typ: unauthenticated(`The token's "typ" is not that of an access token for this server.`),
  iss: unauthenticated('The token comes from another issuer than the one this server trusts.'),
  aud: unauthenticated('The token is meant for another audience than this server.'),
  exp: unauthenticated('The token has no valid expiry ("exp"); ask for one that has.'),
  iat: unauthenticated('The token does not say when it was issued ("iat"); ask for one that does.'),
  nbf: unauthenticated('The token is not valid yet ("nbf"); check the clocks.'),
  jti: unauthenticated('The token has no id ("jti"); ask for one that has.'),
  sub: unauthenticated('The token has no subject ("sub"); ask for one that has.'),
}

/** jose's reasons as our sentences. None quotes the token, and none tells a wrong key from a forged signature. */
function explain(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return expired.error
  if (error instanceof errors.JWTClaimValidationFailed)
    return sentences[error.claim] ?? unauthenticated('A claim of the token is not valid.')
  if (error instanceof errors.JOSEAlgNotAllowed)
    return unauthenticated('The token is signed with an algorithm that this server does not accept.')
  if (isSignatureProblem(error))
    return unauthenticated(
      'The token is not signed by a key that this server trusts: another data folder’s keys made it, or other keys are here by now.',
      { why: 'signature' },
    )
  if (isMalformed(error)) return unauthenticated('This is not a signed JSON Web Token.')
  return refusal('unavailable', `The token issuer's keys can not be fetched at the moment; try again.`)
}

const isSignatureProblem = (error: unknown): boolean =>
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys

const isMalformed = (error: unknown): boolean =>
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JOSENotSupported
