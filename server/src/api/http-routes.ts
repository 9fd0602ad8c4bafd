import { refusal } from '@holdpoint/shared'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { Registry } from 'prom-client'
import { sendProblem } from './problem.ts'

/** May this node be given work? `details` say why, for a person; nothing secret, for anybody may read them. */
export interface Readiness {
  readonly ready: boolean
  readonly details: Readonly<Record<string, unknown>>
}

export interface HttpParts {
  /** Looks now: is the store readable, are we draining? A rejection counts as not ready. */
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Registry
  /** Public keys only. Undefined where an external issuer's keys are trusted: then there are none of ours to serve. */
  readonly jwks: JSONWebKeySet | undefined
  /** A JSON Schema of policy files, for editors. */
  readonly policySchema: object
}

/** What every answer says unless its route says otherwise: a page from here may load nothing and be framed by nobody. */
const DEFAULT_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

/**
 * Registers `/healthz`, `/readyz`, `/metrics`, `/schemas/policy.json` and `/.well-known/jwks.json`, and how whatever else is asked for or
 * goes wrong is answered: as an RFC 9457 problem. Comes before other routes, so that it knows which methods they take.
 */
export function registerHttpRoutes(
  app: FastifyInstance,
  { readiness, metrics, jwks, policySchema }: HttpParts,
): void {
  const allowed = trackMethods(app)
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(DEFAULT_HEADERS)
  })
  app.setNotFoundHandler((request, reply) => answerUnknown(allowed, request, reply))
  app.setErrorHandler<FastifyError>(answerError)

  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get('/readyz', async (request, reply) => {
    try {
      const { ready, details } = await readiness()
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', ...details })
    } catch (error) {
      request.log.error(error, 'the readiness check failed')
      return reply
        .code(503)
        .send({ status: 'not_ready', reason: 'The check itself failed; the log says why.' })
    }
  })

  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))

  const schema = JSON.stringify(policySchema)
  app.get('/schemas/policy.json', async (_, reply) =>
    reply.type('application/schema+json').header('cache-control', 'public, max-age=300').send(schema),
  )

  if (jwks)
    app.get('/.well-known/jwks.json', async (_, reply) =>
      reply
        .type('application/jwk-set+json')
        .header('cache-control', 'public, max-age=300')
        .send(JSON.stringify(jwks)),
    )
}

/**
 * For Fastify's own `frameworkErrors` option: what fails before any route or hook runs (a malformed address) looks like
 * every other answer, and does not quote the address.
 */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.headers(DEFAULT_HEADERS)
  if (error.statusCode === 400) sendProblem(reply, refusal('invalid', 'This is not a valid address.'))
  else answerError(error, request, reply)
}

/** Path → methods, of routes without parameters: what tells 405 from 404. */
type Allowed = ReadonlyMap<string, ReadonlySet<string>>

function trackMethods(app: FastifyInstance): Allowed {
  const allowed = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = allowed.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    allowed.set(url, methods)
  })
  return allowed
}

function answerUnknown(allowed: Allowed, request: FastifyRequest, reply: FastifyReply) {
  const methods = allowed.get(request.url.split('?', 1)[0] ?? '')
  if (!methods) return sendProblem(reply, refusal('not_found', 'There is nothing at this address.'))
  const list = [...methods].join(', ')
  reply.header('allow', list)
  return sendProblem(reply, refusal('invalid', `This address answers to ${list} only.`), 405)
}

/** Fastify's own sentences are about the request; any other error is ours, and is for the log alone. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const status = error.statusCode ?? 500
  if (error.code?.startsWith('FST_') && status >= 400 && status < 500)
    return sendProblem(reply, refusal(status === 413 ? 'too_large' : 'invalid', error.message), status)
  request.log.error(error, 'a request failed')
  return sendProblem(reply, refusal('internal'))
}
