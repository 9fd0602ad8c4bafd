import { type Result, refusal, refused, TENANT_PATTERN } from '@holdpoint/shared'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Credentials } from '../commands/credentials.ts'
import type { Device, SignedIn, SignIn } from '../commands/sign-in.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { isAllowedOrigin } from './origins.ts'
import { sendProblem } from './problem.ts'

/** From one address; all together get four times that. Each password costs some 100 ms of a processor. */
const TRIES = { ratePerSecond: 1, burst: 20 }
/** Tabs refresh every few minutes, and all at once when a browser starts. */
const REFRESHES = { ratePerSecond: 20, burst: 200 }
const MAX_BODY = 2_048
/** The cookie is sent to these addresses alone. */
const SESSION_PATH = '/v1/session'
const COOKIE = 'holdpoint_session'
const DEFAULT_TENANT = 'default'
const MAX_SHOWN = 200

interface SignInParts {
  readonly clock: Clock
  readonly origins: readonly string[]
  readonly trustedProxies: number
  readonly signIn: Pick<SignIn, 'claim' | 'byPassword' | 'refresh' | 'present'>
  readonly credentials: Pick<Credentials, 'signOut'>
}

/**
 * Signing in: `POST /v1/sign-in/link { link }` and `POST /v1/sign-in/password { person, password, totp?, tenant? }`
 * answer `{ token, expiresInMs }` and set a cookie; `POST /v1/session/refresh` trades that for the next one and a fresh
 * token, `POST /v1/session/end` ends its session. All are POSTs of JSON, so that neither a mail scanner that opens
 * addresses nor a form of another site can send one; and the origin, where a browser names it, must be this server's.
 */
export function registerSignIn(app: FastifyInstance, parts: SignInParts): void {
  const { clock, origins, trustedProxies, signIn, credentials } = parts
  const addressOf = ({ raw }: FastifyRequest) => clientAddress(raw, trustedProxies)
  const tries = createConnectGate(clock, TRIES.ratePerSecond, TRIES.burst)
  const refreshes = createConnectGate(clock, REFRESHES.ratePerSecond, REFRESHES.burst)

  app.post('/v1/sign-in/link', { bodyLimit: MAX_BODY }, async (request, reply) => {
    const { link, ...more } = bodyOf(request)
    if (!isOwnPage(request, origins)) return sendProblem(reply, foreignPage)
    if (!tries.take(addressOf(request))) return sendProblem(reply, refusal('rate_limited'))
    if (typeof link !== 'string' || Object.keys(more).length > 0)
      return sendProblem(reply, refusal('invalid', 'Send { "link": "…" } as JSON.', { path: '/link' }))
    return answer(request, reply, await signIn.claim(link, deviceOf(request, addressOf(request))))
  })

  app.post('/v1/sign-in/password', { bodyLimit: MAX_BODY }, async (request, reply) => {
    if (!isOwnPage(request, origins)) return sendProblem(reply, foreignPage)
    if (!tries.take(addressOf(request))) return sendProblem(reply, refusal('rate_limited'))
    const entry = readEntry(bodyOf(request))
    if (!entry.ok) return sendProblem(reply, entry.error)
    return answer(request, reply, await signIn.byPassword(entry.value, deviceOf(request, addressOf(request))))
  })

  app.post(`${SESSION_PATH}/refresh`, { bodyLimit: MAX_BODY }, async (request, reply) => {
    // a cookie goes along by itself: here the page has to say where it came from
    if (!isOwnPage(request, origins, true)) return sendProblem(reply, foreignPage)
    if (!refreshes.take(addressOf(request))) return sendProblem(reply, refusal('rate_limited'))
    const cookie = cookieIn(request)
    const refreshed = cookie === undefined ? noCookie : await signIn.refresh(cookie)
    if (!refreshed.ok && refreshed.error.code === 'unauthenticated') forget(request, reply)
    return answer(request, reply, refreshed)
  })

  app.post(`${SESSION_PATH}/end`, { bodyLimit: MAX_BODY }, async (request, reply) => {
    if (!isOwnPage(request, origins, true)) return sendProblem(reply, foreignPage)
    if (!refreshes.take(addressOf(request))) return sendProblem(reply, refusal('rate_limited'))
    const cookie = cookieIn(request)
    const shown = cookie === undefined ? noCookie : await signIn.present(cookie)
    forget(request, reply)
    if (!shown.ok)
      return shown.error.code === 'unauthenticated' ? reply.send({}) : sendProblem(reply, shown.error)
    const { tenant, person, id } = shown.value
    const ended = await credentials.signOut(tenant, person, id)
    // one that is over already is what was wanted
    return ended.ok || ended.error.code === 'not_found' ? reply.send({}) : sendProblem(reply, ended.error)
  })
}

const noCookie = refused('unauthenticated', 'Nobody is signed in in this browser.')
const foreignPage = refusal('forbidden', 'Only a page of this server may do that.')

/** ID4. What names no origin is no browser, and has no cookies that it did not bring itself. */
function isOwnPage({ headers }: FastifyRequest, origins: readonly string[], mustSay = false): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  if (mustSay && headers.origin === undefined) return false
  return isAllowedOrigin(headers, origins)
}

const bodyOf = ({ body }: FastifyRequest): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}

function readEntry({
  person,
  password,
  totp,
  tenant = DEFAULT_TENANT,
  ...more
}: Readonly<Record<string, unknown>>): Result<Parameters<SignIn['byPassword']>[0]> {
  const fits =
    isText(person, 128) &&
    isText(password, 1_024) &&
    (totp === undefined || (typeof totp === 'string' && totp.length <= 20)) &&
    typeof tenant === 'string' &&
    TENANT_PATTERN.test(tenant)
  if (!fits || Object.keys(more).length > 0)
    return refused('invalid', 'Send { "person": "…", "password": "…", "totp"?, "tenant"? } as JSON.', {
      path: '/',
    })
  return { ok: true, value: { person, password, totp: totp as string | undefined, tenant } }
}

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longest

const deviceOf = ({ headers }: FastifyRequest, address: string | undefined): Device => ({
  userAgent: headers['user-agent']?.slice(0, MAX_SHOWN),
  address,
})

function cookieIn({ headers }: FastifyRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

/** RFC 6265. `Secure` where the page itself came that way, which its browser says: a proxy may have ended TLS. */
const attributes = ({ headers }: FastifyRequest): string =>
  `Path=${SESSION_PATH}; HttpOnly; SameSite=Strict${headers.origin?.startsWith('https:') ? '; Secure' : ''}`

function answer(request: FastifyRequest, reply: FastifyReply, done: Result<SignedIn>) {
  if (!done.ok) return sendProblem(reply, done.error)
  const { token, expiresInMs, cookie, cookieMs } = done.value
  const maxAge = Math.floor(cookieMs / 1_000)
  return reply
    .header('set-cookie', `${COOKIE}=${cookie}; Max-Age=${maxAge}; ${attributes(request)}`)
    .send({ token, expiresInMs })
}

function forget(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', `${COOKIE}=; Max-Age=0; ${attributes(request)}`)
}
