import Fastify, { type FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerFrameworkError, type Readiness, registerHttpRoutes } from './http-routes.ts'

const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k1' }] }

let app: FastifyInstance
let readiness: () => Promise<Readiness>
beforeEach(() => {
  readiness = async () => ({ ready: true, details: { store: 'ok' } })
  const metrics = new Registry()
  new Counter({ name: 'holdpoint_things_total', help: 'Things.', registers: [metrics] }).inc(3)
  app = Fastify({ frameworkErrors: answerFrameworkError })
  registerHttpRoutes(app, { readiness: () => readiness(), metrics, jwks, policySchema: { title: 'Policy' } })
  app.post('/v1/things', async () => {
    throw new Error('the password is hunter2')
  })
  app.get('/page', async (_, reply) =>
    reply.header('content-security-policy', "default-src 'self'").send('hi'),
  )
})
afterEach(() => app.close())

const get = (url: string) => app.inject({ method: 'GET', url })

describe('the paths that everybody may read', () => {
  it('/healthz says that the process lives', async () => {
    const answer = await get('/healthz')
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }])
  })

  it('[PO6] /schemas/policy.json is what editors check a policy file by', async () => {
    const answer = await get('/schemas/policy.json')
    expect([answer.statusCode, answer.json()]).toEqual([200, { title: 'Policy' }])
    expect(answer.headers['content-type']).toContain('application/schema+json')
  })

  it('/readyz says whether this node may be given work, and why not', async () => {
    const answer = await get('/readyz')
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', store: 'ok' }])
    readiness = async () => ({ ready: false, details: { draining: true } })
    const draining = await get('/readyz')
    expect([draining.statusCode, draining.json()]).toEqual([503, { status: 'not_ready', draining: true }])
  })

  it('/readyz is not ready where it can not tell, and keeps the cause to the log', async () => {
    readiness = async () => {
      throw new Error('the password is hunter2')
    }
    const answer = await get('/readyz')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ status: 'not_ready' })
    expect(answer.body).not.toContain('hunter2')
  })

  it('/metrics speaks the Prometheus text format', async () => {
    const answer = await get('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.body).toContain('holdpoint_things_total 3')
  })

  it('[ID1] /.well-known/jwks.json serves the public keys, for a while', async () => {
    const answer = await get('/.well-known/jwks.json')
    expect(answer.json()).toEqual(jwks)
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/jwk-set\+json/),
      'cache-control': 'public, max-age=300',
    })
  })

  it('[ID1] there is no key set where an external issuer is trusted', async () => {
    const other = Fastify()
    registerHttpRoutes(other, {
      readiness: () => readiness(),
      metrics: new Registry(),
      jwks: undefined,
      policySchema: {},
    })
    expect((await other.inject('/.well-known/jwks.json')).statusCode).toBe(404)
    await other.close()
  })
})

describe('every answer', () => {
  it.each(['/healthz', '/readyz', '/metrics', '/nowhere', '/%zz'])(
    '%s may load, frame and cache nothing',
    async (url) => {
      const { headers } = await get(url)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
    },
  )

  it('a page sets its own content policy', async () =>
    expect((await get('/page')).headers['content-security-policy']).toBe("default-src 'self'"))
})

describe('what goes wrong is an RFC 9457 problem', () => {
  const problem = async (method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS', url: string, payload?: string) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload, headers }) })
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ type: 'about:blank', status: answer.statusCode })
    return { ...answer.json(), allow: answer.headers.allow }
  }

  it.each(['/nowhere', '/healthz/', '/%zz', '/v1/things/'])('nothing at %s', async (url) =>
    expect(await problem('GET', url)).toMatchObject({ code: expect.stringMatching(/not_found|invalid/) }),
  )

  it('404 names no path back', async () =>
    expect(await problem('GET', '/<script>')).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is nothing at this address.',
      code: 'not_found',
      retryable: false,
      allow: undefined,
    }))

  it.each(['POST', 'DELETE', 'OPTIONS'] as const)('405 for %s, saying what is allowed', async (method) =>
    expect(await problem(method, '/healthz?x=1')).toMatchObject({ status: 405, allow: 'GET, HEAD' }),
  )

  it('405 for routes that came later', async () =>
    expect(await problem('GET', '/v1/things')).toMatchObject({ status: 405, allow: 'POST' }))

  it('a body that is no JSON, and one that is too large', async () => {
    expect(await problem('POST', '/v1/things', '{')).toMatchObject({ status: 400, code: 'invalid' })
    expect(await problem('POST', '/v1/things', `"${'x'.repeat(2 ** 20)}"`)).toMatchObject({
      status: 413,
      code: 'too_large',
    })
  })

  it('a defect says that something broke, and nothing of what', async () => {
    const answer = await problem('POST', '/v1/things', '{}')
    expect(answer).toMatchObject({ status: 500, code: 'internal', retryable: true })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })
})
