import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { exportJWK, generateKeyPair, importJWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { type Keys, openKeys } from './keys.ts'
import { createVerifier, issueToken, type TokenRequest, type Verifier } from './tokens.ts'

const START = Date.parse('2026-03-01T12:00:00.250Z')
const MINUTE = 60_000

/** Wall and monotonic clock, moved by hand. */
const time = { wall: START, monotonic: 0 }
const clock: Clock = {
  now: () => time.wall,
  monotonicMs: () => time.monotonic,
  after: () => expect.unreachable('tokens need no timer'),
}
const pass = (ms: number) => {
  time.wall += ms
  time.monotonic += ms
}

let folder: string
let keys: Keys
let verifier: Verifier
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-tokens-'))
  keys = await openKeys(join(folder, 'keys'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  Object.assign(time, { wall: START, monotonic: 0 })
  verifier = createVerifier({ keys, clock })
})

const request: TokenRequest = {
  tenant: 'acme',
  subject: 'deployer',
  role: 'agent',
  ttlMs: 10 * MINUTE,
  clock,
}
const issue = async (change: Partial<TokenRequest> = {}) => {
  const token = await issueToken(keys, { ...request, ...change })
  return token.ok ? token.value : expect.unreachable(token.error.message)
}

const goodHeader = () => ({ alg: keys.algorithm, typ: 'holdpoint+jwt', kid: keys.kid })
const goodClaims = () => ({
  iss: 'holdpoint',
  aud: 'holdpoint',
  sub: 'deployer',
  tenant: 'acme',
  role: 'agent',
  jti: 'j1',
  iat: START / 1_000,
  exp: START / 1_000 + 600,
})
/** A token that our key signed, with something changed; `undefined` leaves a claim out. */
const forge = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  new SignJWT(dropUndefined({ ...goodClaims(), ...claims }))
    .setProtectedHeader(dropUndefined({ ...goodHeader(), ...header }) as JWTHeaderParameters)
    .sign(keys.signingKey)
const dropUndefined = (given: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const unauthenticated = (sentence: RegExp) => ({
  ok: false,
  error: { code: 'unauthenticated', message: expect.stringMatching(sentence), retryable: false },
})

describe('our own tokens', () => {
  it('[ID1] [ID2] a token says who its bearer is, and all of it comes from the token', async () => {
    const token = await issue({ owner: 'ana', labels: { team: 'payments', env: 'prod' } })
    expect(await verifier.verify(token)).toEqual({
      ok: true,
      value: {
        tenant: 'acme',
        id: 'deployer',
        role: 'agent',
        owner: 'ana',
        labels: { team: 'payments', env: 'prod' },
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        issuedAt: START,
        expiresAt: START + 10 * MINUTE,
      },
    })
  })

  it('[ID1] two tokens never share an id', async () => {
    const read = async () => verifier.verify(await issue())
    const [a, b] = await Promise.all([read(), read()])
    expect(a.ok && b.ok && a.value.jti !== b.value.jti).toBe(true)
  })

  it('[ID3] a token ends to the millisecond, cached or not', async () => {
    const token = await issue({ ttlMs: 1_500 })
    expect(await verifier.verify(token)).toMatchObject({ ok: true })
    pass(1_499)
    expect(await verifier.verify(token)).toMatchObject({ ok: true })
    pass(1)
    expect(await verifier.verify(token)).toMatchObject(unauthenticated(/has expired/))
    expect(await createVerifier({ keys, clock }).verify(token)).toMatchObject(unauthenticated(/has expired/))
  })

  it('[ID1] what is issued is what verify accepts, and what it would refuse is not issued', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.stringMatching(/^[a-z][a-z0-9-]{0,8}(\/[a-z]{1,4})?$/),
      fc.constantFrom('system', 'system/x', '', 'a\n', 'Ä', '__proto__', 'x'.repeat(129)),
    )
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.option(text, { nil: undefined }),
        fc.option(fc.dictionary(text, text, { maxKeys: 3 }), { nil: undefined }),
        async (tenant, subject, owner, labels) => {
          const token = await issueToken(keys, { ...request, tenant, subject, owner, labels })
          if (!token.ok) {
            expect(token.error.code).toBe('invalid')
            return
          }
          expect(await verifier.verify(token.value)).toMatchObject({
            ok: true,
            value: { tenant, id: subject, labels: labels ?? {} },
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER])(
    '[ID1] a life of %d ms is refused',
    async (ttlMs) =>
      expect(await issueToken(keys, { ...request, ttlMs })).toMatchObject({ error: { code: 'invalid' } }),
  )

  it('[ID1] a token too long to be presented is not issued', async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, i) => [`${i}`.padEnd(63, 'k'), 'v'.repeat(63)]),
    )
    expect(await verifier.verify(await issue({ labels }))).toMatchObject({ ok: true, value: { labels } })
    const extra = { ...labels, one: 'more' }
    expect(await issueToken(keys, { ...request, labels: extra })).toMatchObject({
      error: { code: 'invalid' },
    })
  })
})

describe('what is not believed', () => {
  it('[ID1] the forger of these tests makes a token that passes, so each case below fails for its own reason', async () =>
    expect(await verifier.verify(await forge())).toMatchObject({ ok: true }))

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another audience', { aud: 'elsewhere' }, /another audience/],
    ['no audience', { aud: undefined }, /another audience/],
    ['another issuer', { iss: 'mallory' }, /another issuer/],
    ['no issuer', { iss: undefined }, /another issuer/],
    ['no expiry', { exp: undefined }, /no valid expiry/],
    ['an expiry that is a text', { exp: '9999999999' }, /no valid expiry/],
    ['an endless expiry', { exp: 1e300 }, /"exp" must/],
    ['an expiry long past', { exp: 1 }, /has expired/],
    ['an expiry just now', { exp: START / 1_000 }, /has expired/],
    ['no time of issue', { iat: undefined }, /"iat"/],
    ['a time of issue ahead', { iat: START / 1_000 + 61 }, /in the future/],
    ['not valid yet', { nbf: START / 1_000 + 5 }, /not valid yet/],
    ['no id', { jti: undefined }, /"jti"/],
    ['an empty id', { jti: '' }, /"jti"/],
    ['an overlong id', { jti: 'x'.repeat(129) }, /"jti"/],
    ['no subject', { sub: undefined }, /"sub"/],
    ['a subject that is no name', { sub: 'a b' }, /"sub" must be/],
    ['a subject with a line break', { sub: 'ana\n' }, /"sub" must be/],
    ['the reserved subject', { sub: 'system' }, /reserved/],
    ['a child of the reserved subject', { sub: 'system/x' }, /reserved/],
    ['the reserved owner', { owner: 'system' }, /reserved/],
    ['no tenant', { tenant: undefined }, /"tenant" must/],
    ['a tenant with a path', { tenant: '../acme' }, /"tenant" must/],
    ['a list of tenants', { tenant: ['acme'] }, /"tenant" must/],
    ['an unknown role', { role: 'root' }, /"role" must be one of viewer/],
    ['a list of roles', { role: ['admin'] }, /"role" must/],
    ['no role', { role: undefined }, /"role" must/],
    ['an owner that is no name', { owner: 7 }, /"owner" must/],
    ['labels in a list', { labels: ['team'] }, /"labels" must/],
    ['a label with a comma', { labels: { team: 'a,b' } }, /"labels" must/],
    ['a label that is a number', { labels: { team: 1 } }, /"labels" must/],
    ['a label named __proto__', { labels: JSON.parse('{"__proto__":"x"}') }, /"labels" must/],
    [
      '33 labels',
      { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'v'])) },
      /"labels" must/,
    ],
  ])('[ID1] a token with %s', async (_, claims, sentence) =>
    expect(await verifier.verify(await forge(claims))).toMatchObject(unauthenticated(sentence)),
  )

  it.each<[string, Record<string, unknown>]>([
    ['that of any JWT', { typ: 'JWT' }],
    ['that of a grant', { typ: 'holdpoint-grant+jwt' }],
    ['that of an external access token', { typ: 'at+jwt' }],
    ['missing', { typ: undefined }],
  ])('[ID1] a token whose typ is %s', async (_, header) =>
    expect(await verifier.verify(await forge({}, header))).toMatchObject(unauthenticated(/"typ"/)),
  )

  it('[ID1] an unsigned token (alg none)', async () => {
    const header = { ...goodHeader(), alg: 'none' }
    for (const signature of ['', 'AAAA'])
      expect(await verifier.verify(`${base64(header)}.${base64(goodClaims())}.${signature}`)).toMatchObject(
        unauthenticated(/algorithm|not a signed/),
      )
  })

  it.each(['HS256', 'HS512'])('[ID1] a token that takes the public key for a %s secret', async (alg) => {
    const [jwk] = keys.jwks.keys
    const secrets = [Buffer.from(String(jwk?.n), 'base64url'), JSON.stringify(jwk), String(jwk?.n)]
    for (const secret of secrets) {
      const body = `${base64({ ...goodHeader(), alg })}.${base64(goodClaims())}`
      const signature = createHmac(alg === 'HS256' ? 'sha256' : 'sha512', secret)
        .update(body)
        .digest('base64url')
      expect(await verifier.verify(`${body}.${signature}`)).toMatchObject(unauthenticated(/algorithm/))
    }
  })

  it('[ID1] a token by another key, under our kid, under its own, and with the key in its header', async () => {
    const other = await generateKeyPair(keys.algorithm, { extractable: true })
    const jwk = await exportJWK(other.publicKey)
    const headers = [
      goodHeader(),
      { ...goodHeader(), kid: 'other' },
      { ...goodHeader(), jwk, kid: undefined },
    ]
    for (const header of headers) {
      const token = await new SignJWT(goodClaims())
        .setProtectedHeader(dropUndefined(header) as JWTHeaderParameters)
        .sign(other.privateKey)
      expect(await verifier.verify(token)).toMatchObject(unauthenticated(/not signed by a key/))
    }
  })

  it('[ID1] a token with any one character changed', async () => {
    const token = await issue()
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'Aa0_.-=!'), async (at, char) => {
        fc.pre(token[at] !== char)
        // the last character of a part holds bits that base64url leaves unused
        fc.pre(token[at + 1] !== '.' && at !== token.length - 1)
        const changed = `${token.slice(0, at)}${char}${token.slice(at + 1)}`
        expect(await verifier.verify(changed)).toMatchObject({
          ok: false,
          error: { code: 'unauthenticated' },
        })
      }),
      { numRuns: 200 },
    )
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a number', 7],
    ['an object', { token: 'x' }],
    ['a buffer', Buffer.from('x')],
    ['a text', 'hello'],
    ['dots', '..'],
    ['five parts', 'a.b.c.d.e'],
    ['half a surrogate pair', '\ud800.a.b'],
  ])('[ID1] [ID4] %s instead of a token', async (_, token) =>
    expect(await verifier.verify(token)).toMatchObject({ ok: false, error: { code: 'unauthenticated' } }),
  )

  it('[ID1] an over-long token is not even read', async () => {
    const token = await forge({ pad: 'x'.repeat(8_192) })
    expect(await verifier.verify(token)).toMatchObject(unauthenticated(/longer than 8192/))
  })

  it('[ID1] a refusal quotes nothing of the token', async () => {
    const secret = 'hunter2'
    const tokens = await Promise.all([
      forge({ sub: `${secret} x` }),
      forge({ aud: secret }),
      forge({ iss: secret }),
      forge({ role: secret }),
      forge({}, { typ: secret }),
      forge({}, { kid: secret }),
    ])
    for (const token of tokens) {
      const answer = await verifier.verify(token)
      expect(answer.ok).toBe(false)
      expect(JSON.stringify(answer)).not.toContain(secret)
    }
  })
})

describe('remembering what was verified', () => {
  it('[ID3] a remembered token is not believed when the wall clock says that it ended', async () => {
    const token = await issue()
    await verifier.verify(token)
    time.wall += 10 * MINUTE // the monotonic clock did not move: the machine slept
    expect(await verifier.verify(token)).toMatchObject(unauthenticated(/has expired/))
  })

  it('[ID1] a token that was altered after it was remembered is another token', async () => {
    const token = await issue()
    await verifier.verify(token)
    const altered = `${token.slice(0, -6)}AAAAAA`
    expect(await verifier.verify(altered)).toMatchObject({ ok: false })
  })
})

describe('an external issuer', () => {
  const issuer = 'https://login.example'

  /** A JWKS on a real socket, whose keys and health the test changes. */
  async function jwksServer() {
    const state = { keys: [] as unknown[], status: 200, asked: 0 }
    const server = createServer((_, response) => {
      state.asked += 1
      response.writeHead(state.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: state.keys }))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    const close = () => new Promise<void>((closed) => server.close(() => closed()))
    return {
      state,
      url: `http://127.0.0.1:${port}/jwks`,
      close,
      [Symbol.asyncDispose]: async () => {
        if (server.listening) await close()
      },
    }
  }

  async function signer(alg: string, kid: string) {
    const pair = await generateKeyPair(alg, { extractable: true })
    const publicKey = { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' }
    const sign = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
      new SignJWT({ ...goodClaims(), iss: issuer, aud: 'holdpoint-prod', ...claims })
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
        .sign(pair.privateKey)
    return { publicKey, sign }
  }

  const trust = (jwksUrl: string) => createVerifier({ jwksUrl, issuer, audience: 'holdpoint-prod', clock })

  it.each(['RS256', 'ES256', 'EdDSA'])(
    '[ID1] its access tokens (%s) pass, its keys are asked for once',
    async (alg) => {
      await using server = await jwksServer()
      const { publicKey, sign } = await signer(alg, 'k1')
      server.state.keys = [publicKey]
      const external = trust(server.url)
      expect(await external.verify(await sign())).toMatchObject({ ok: true, value: { id: 'deployer' } })
      expect(await external.verify(await sign({ jti: 'j2' }))).toMatchObject({ ok: true })
      expect(server.state.asked).toBe(1)
    },
  )

  it('[ID1] its other tokens, other audiences and our own tokens do not pass', async () => {
    await using server = await jwksServer()
    const { publicKey, sign } = await signer('ES256', 'k1')
    server.state.keys = [publicKey]
    const external = trust(server.url)
    expect(await external.verify(await sign({}, { typ: 'JWT' }))).toMatchObject(unauthenticated(/"typ"/))
    expect(await external.verify(await sign({ aud: 'holdpoint' }))).toMatchObject(unauthenticated(/audience/))
    expect(await external.verify(await sign({ iss: 'holdpoint' }))).toMatchObject(unauthenticated(/issuer/))
    expect(await external.verify(await issue())).toMatchObject(unauthenticated(/not signed by a key/))
  })

  it('[ID1] a symmetric key in the key set opens nothing', async () => {
    await using server = await jwksServer()
    const secret = { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url'), alg: 'HS256', kid: 'k1' }
    server.state.keys = [secret]
    const token = await new SignJWT({ ...goodClaims(), iss: issuer, aud: 'holdpoint-prod' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' })
      .sign(await importJWK(secret))
    expect(await trust(server.url).verify(token)).toMatchObject(unauthenticated(/algorithm/))
  })

  it('[ID1] [PR6] keys that can not be fetched are not the caller’s fault, and let nobody in', async () => {
    await using server = await jwksServer()
    const { publicKey, sign } = await signer('ES256', 'k1')
    server.state.keys = [publicKey]
    const token = await sign()
    server.state.status = 500
    const external = trust(server.url)
    const unavailable = { ok: false, error: { code: 'unavailable', retryable: true } }
    expect(await external.verify(token)).toMatchObject(unavailable)
    server.state.status = 200
    expect(await external.verify(token)).toMatchObject({ ok: true })

    await server.close()
    expect(await trust(server.url).verify(token)).toMatchObject(unavailable)
  })

  it('[ID1] a key set that is none is not the caller’s fault either', async () => {
    await using server = await jwksServer()
    server.state.keys = 'nonsense' as never
    const { sign } = await signer('ES256', 'k1')
    expect(await trust(server.url).verify(await sign())).toMatchObject({ error: { code: 'unavailable' } })
  })
})
