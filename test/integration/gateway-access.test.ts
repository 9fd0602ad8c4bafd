import { MINUTE, operatorRequests, SECOND } from '@holdpoint/shared'
import { importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { HandshakeRefused } from '../harness/raw-socket.ts'

type Harness = Awaited<ReturnType<typeof controlPlane>>

const refusalOf = async (connecting: Promise<unknown>) => {
  const error = await connecting.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof HandshakeRefused)) throw new Error(`not refused: ${error}`)
  return error.refusal
}
const enter = (cp: Harness, token: unknown, namespace: '/agent' | '/operator' = '/operator') =>
  refusalOf(cp.connect(namespace, { token, protocol: 1 }))

describe('ID1: who may come in', () => {
  it('[ID1] nothing but a signed, current token of ours opens a namespace', async () => {
    await using cp = await controlPlane()
    const now = Date.now() / 1_000
    const claims = { tenant: 'default', sub: 'ana', role: 'admin', jti: 'x', iat: now }
    const own = { ...claims, iss: 'holdpoint', aud: 'holdpoint', exp: now + 60 }
    const key = cp.keys.signingKey
    const sign = (body: object, header: object = {}) =>
      new SignJWT({ ...body })
        .setProtectedHeader({ alg: cp.keys.algorithm, typ: 'holdpoint+jwt', kid: cp.keys.kid, ...header })
        .sign(key)
    const { exp: _, ...noExpiry } = own
    const publicAsSecret = new TextEncoder().encode(JSON.stringify(cp.keys.jwks.keys[0]))
    const stranger = await importJWK(
      { kty: 'oct', k: Buffer.from(publicAsSecret).toString('base64url') },
      'HS256',
    )
    const bad = {
      none: new UnsecuredJWT(own).encode(),
      'HS256 under the public key': await new SignJWT(own)
        .setProtectedHeader({ alg: 'HS256', typ: 'holdpoint+jwt', kid: cp.keys.kid })
        .sign(stranger),
      'another audience': await sign({ ...own, aud: 'elsewhere' }),
      'another issuer': await sign({ ...own, iss: 'elsewhere' }),
      'no expiry': await sign(noExpiry),
      expired: await sign({ ...own, iat: now - 120, exp: now - 60 }),
      'another type': await sign(own, { typ: 'JWT' }),
      'not a token': 'rubbish',
    }
    for (const [what, token] of Object.entries(bad))
      expect(await enter(cp, token), what).toMatchObject({ code: 'unauthenticated' })
    expect(await enter(cp, 17)).toMatchObject({ code: 'invalid' })
    // the same one, unharmed, is let in: what was refused was refused for its flaw
    await cp.connect('/operator', { token: await sign(own), protocol: 1 })
  })

  it('[ID1] an agent reaches no console, a person no agent’s place, a tool neither', async () => {
    await using cp = await controlPlane()
    const agent = await cp.token({ subject: 'worker', role: 'agent' })
    const tool = await cp.token({ subject: 'hammer', role: 'tool' })
    const person = await cp.token({ subject: 'ana', role: 'admin' })
    expect(await enter(cp, agent, '/operator')).toMatchObject({ code: 'forbidden' })
    expect(await enter(cp, person, '/agent')).toMatchObject({ code: 'forbidden' })
    expect(await enter(cp, tool, '/agent')).toMatchObject({ code: 'forbidden' })
    expect(await enter(cp, tool, '/operator')).toMatchObject({ code: 'forbidden' })
  })

  it('[ID1] no agent can send what a console sends', async () => {
    await using cp = await controlPlane()
    const { socket } = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    for (const name of Object.keys(operatorRequests).filter((one) => one.startsWith('agent')))
      expect(await socket.request(name, {}), name).toMatchObject({ error: { code: 'invalid' } })
  })

  it('[ID1] a role that is too low is told which it takes', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const { approval } = await agent.ask('delete_data', { path: 'a' })
    const viewer = await cp.operatorSocket({ subject: 'vi', role: 'viewer' })
    const approver = await cp.operatorSocket({ subject: 'al', role: 'approver' })
    const approve = { key: freshKey(), ...shown(approval) }
    expect(await viewer.request('approval.approve', approve)).toMatchObject({
      error: { code: 'forbidden', details: { role: 'admin' } },
    })
    expect(await approver.request('approval.approve', approve)).toMatchObject({
      error: { code: 'forbidden', details: { needed: 'admin' } },
    })
    expect(
      await viewer.request('token.revoke', { key: freshKey(), subject: 'worker', reason: 'x' }),
    ).toMatchObject({ error: { code: 'forbidden' } })
  })

  it('[ID2] a token speaks for its subject and children, and a connection for one agent', async () => {
    await using cp = await controlPlane()
    const socket = await cp.agentSocket({ subject: 'team' })
    const start = (agent: string) =>
      socket.request('run.start', { key: freshKey(), instance: 'instance-1', agent })
    expect(await start('teams')).toMatchObject({ error: { code: 'forbidden' } })
    expect(await start('team/one')).toMatchObject({ ok: true, agent: { id: 'team/one', parent: 'team' } })
    expect(await start('team/two')).toMatchObject({ error: { code: 'conflict' } })
  })

  it('a client of another protocol version is told so', async () => {
    await using cp = await controlPlane()
    const token = await cp.token({ subject: 'ana', role: 'admin' })
    expect(await refusalOf(cp.connect('/operator', { token, protocol: 2 }))).toMatchObject({
      code: 'unsupported_protocol',
    })
  })
})

describe('ID2: tenants', () => {
  it('[ID2] another tenant’s ids answer exactly like ids that do not exist', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker', tenant: 'acme' }))
    const eve = await cp.operatorSocket({ subject: 'eve', tenant: 'rival' })
    const { approval } = await agent.ask('send_email', { to: 'x' })
    const { ticket } = await agent.send('question.ask', { question: 'Why?', blocking: false })
    const unknown = '01980000-0000-7000-8000-000000000000'
    const both = async (name: string, body: (id: string) => object, id: string) => {
      const [foreign, missing] = [await eve.request(name, body(id)), await eve.request(name, body(unknown))]
      expect(foreign.ok, name).toBe(false)
      expect(foreign, name).toEqual(missing)
    }
    const key = 'same'
    await both('approval.get', (id) => ({ id }), approval.id)
    await both('approval.approve', (id) => ({ key, ...shown(approval), id }), approval.id)
    await both('approval.deny', (id) => ({ key, ...shown(approval), id, reason: 'x' }), approval.id)
    await both('ticket.get', (id) => ({ id }), ticket.id)
    await both('ticket.resolve', (id) => ({ key, id, resolution: 'x' }), ticket.id)
    for (const name of ['agent.pause', 'agent.stop'])
      expect(await eve.request(name, { key, target: { agent: 'worker' }, reason: 'x' })).toMatchObject({
        error: { code: 'not_found' },
      })
    expect(await eve.request('agent.get', { id: 'worker' })).toMatchObject({ error: { code: 'not_found' } })
    const all = await eve.must('agent.stop', { key: freshKey(), target: { all: true }, reason: 'x' })
    expect(all.results).toEqual([])
    expect((await eve.must('sync', {})).snapshot).toMatchObject({
      approvals: [],
      tickets: [],
      counts: { agents: 0, approvals: 0, tickets: 0 },
    })
    expect((await eve.must('history.list', { agent: 'worker' })).events).toEqual([])
    // and nothing of it reached the other one
    expect(await agent.ask('read_file', { path: 'a' })).toMatchObject({ ok: true })
  })

  it('[ID2] no name of a tenant or an agent is taken for something else of ours', async () => {
    await using cp = await controlPlane()
    for (const name of ['orders', 'access', 'agent', 'standing', 'constructor']) {
      const agent = await startAgent(await cp.agentSocket({ subject: name, tenant: name }))
      expect(await agent.ask('read_file', {}), name).toMatchObject({ verdict: 'go' })
    }
  })

  it('[ID2] the same ids in two tenants are two agents, and an agent reads its own items only', async () => {
    await using cp = await controlPlane()
    const [one, two] = [
      await startAgent(await cp.agentSocket({ subject: 'worker', tenant: 'acme' })),
      await startAgent(await cp.agentSocket({ subject: 'worker', tenant: 'rival' })),
    ]
    const neighbour = await startAgent(await cp.agentSocket({ subject: 'neighbour', tenant: 'acme' }))
    const { approval } = await one.ask('send_email', { to: 'x' })
    for (const other of [two, neighbour]) {
      expect(await other.socket.request('approval.get', { id: approval.id })).toMatchObject({
        error: { code: 'not_found' },
      })
      expect(await other.begin(approval)).toMatchObject({ error: { code: 'not_found' } })
    }
    expect(await one.socket.must('approval.get', { id: approval.id })).toMatchObject({
      approval: { canonical: '{"action":"send_email","args":{"to":"x"}}' },
    })
  })
})

describe('ID3: credentials end', () => {
  it('[ID3] a socket ends with its token, and a refreshed one lives on', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const short = await cp.agentSocket({ subject: 'short', ttlMs: MINUTE })
    const long = await cp.agentSocket({ subject: 'long', ttlMs: MINUTE })
    const ana = await cp.operatorSocket({ ttlMs: MINUTE })
    await long.must('auth.refresh', { token: await cp.token({ subject: 'long', ttlMs: 5 * MINUTE }) })
    await clock.advance(MINUTE - 1)
    expect(short.socket.connected && ana.socket.connected).toBe(true)
    await clock.advance(1)
    await Promise.all([short.ended, ana.ended])
    expect(await long.request('run.start', { key: freshKey(), instance: 'instance-1' })).toMatchObject({
      ok: true,
    })
  })

  it('[ID3] a wall clock that jumps ahead takes expired tokens with it within a second', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const worker = await cp.agentSocket({ subject: 'worker', ttlMs: 60 * MINUTE })
    const ana = await cp.operatorSocket({ ttlMs: 60 * MINUTE })
    const bo = await cp.operatorSocket({ subject: 'bo', ttlMs: 180 * MINUTE })
    clock.jump(120 * MINUTE)
    await clock.advance(SECOND)
    await Promise.all([worker.ended, ana.ended])
    expect(await bo.must('approval.list', {})).toMatchObject({ ok: true })
  })

  it('[ID3] a token of somebody else refreshes nothing', async () => {
    await using cp = await controlPlane()
    const ana = await cp.operatorSocket({ subject: 'ana', role: 'operator' })
    for (const who of [
      { subject: 'bo', role: 'operator' },
      { subject: 'ana', role: 'admin' },
      { subject: 'ana', role: 'operator', tenant: 'rival' },
    ] as const)
      expect(await ana.request('auth.refresh', { token: await cp.token(who) })).toMatchObject({
        error: { code: 'forbidden' },
      })
    expect(await ana.request('auth.refresh', { token: 'rubbish' })).toMatchObject({
      error: { code: 'unauthenticated' },
    })
  })

  it('[ID3] revocation ends open sockets at once, and is remembered over a restart', async () => {
    await using cp = await controlPlane()
    const token = await cp.token({ subject: 'worker' })
    const worker = await cp.connect('/agent', { token, protocol: 1 })
    const other = await cp.agentSocket({ subject: 'other' })
    const ana = await cp.operatorSocket({})
    const askedAt = performance.now()
    await ana.must('token.revoke', { key: freshKey(), subject: 'worker', reason: 'lost laptop' })
    await worker.ended
    expect(performance.now() - askedAt).toBeLessThan(SECOND)
    expect(other.socket.connected).toBe(true)
    expect(await enter(cp, token, '/agent')).toMatchObject({ code: 'unauthenticated' })
    await cp.restart()
    expect(await enter(cp, token, '/agent')).toMatchObject({ code: 'unauthenticated' })
  })
})

describe('ID4: origins', () => {
  it('[ID4] a browser’s page must be of this server or of a listed origin', async () => {
    await using cp = await controlPlane({ origins: ['https://console.example'] })
    const auth = { token: await cp.token({ subject: 'ana', role: 'admin' }), protocol: 1 }
    const from = (origin: string) =>
      new Promise<boolean>((resolve) => {
        const socket = io(`${cp.url}/operator`, {
          auth,
          transports: ['websocket'],
          reconnection: false,
          forceNew: true,
          extraHeaders: { origin },
        })
        const end = (outcome: boolean) => {
          socket.close()
          resolve(outcome)
        }
        socket.on('connect', () => end(true))
        socket.on('connect_error', () => end(false))
      })
    expect(await from('https://console.example')).toBe(true)
    expect(await from(cp.url)).toBe(true)
    expect(await from('https://evil.example')).toBe(false)
    expect(await from('null')).toBe(false)
  })
})

describe('ID4: new connections', () => {
  // elsewhere than on Linux, a loopback interface has one address unless somebody adds more
  it.runIf(process.platform === 'linux')(
    '[ID4] a flood of them from one address keeps nobody out elsewhere',
    async () => {
      await using cp = await controlPlane({
        parts: { limits: { connectsPerSecond: 0.001, connectBurst: 10 } },
      })
      const auth = { token: await cp.token({ subject: 'ana', role: 'admin' }), protocol: 1 }
      const from = (localAddress: string, token: string) =>
        new Promise<string>((resolve) => {
          const socket = io(`${cp.url}/operator`, {
            auth: { ...auth, token },
            transports: ['websocket'],
            reconnection: false,
            forceNew: true,
            localAddress,
          } as Parameters<typeof io>[1])
          const end = (outcome: string) => {
            socket.close()
            resolve(outcome)
          }
          socket.on('connect', () => end('in'))
          socket.on('connect_error', (error: Error & { data?: { code: string } }) =>
            end(error.data?.code ?? 'not even asked'),
          )
        })
      const flood = await Promise.all(Array.from({ length: 15 }, () => from('127.0.0.1', 'junk')))
      expect(flood.filter((outcome) => outcome === 'unauthenticated')).toHaveLength(10)
      expect(await from('127.0.0.1', auth.token)).toBe('not even asked')
      expect(await from('127.0.0.2', auth.token)).toBe('in')
    },
  )
})
