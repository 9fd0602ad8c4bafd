import { connect as tcpConnect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DAY, SECOND } from '@holdpoint/shared'
import { Manager } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import { openRawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

/** Knocks at `/operator` with a bad token over and over, on one connection. */
function keepFailing(url: string): { readonly ended: Promise<void>; readonly refusals: () => number } {
  let refusals = 0
  const manager = new Manager(url, { transports: ['websocket'], reconnection: false })
  const knock = () => manager.engine.write('0/operator,{"token":"rubbish","protocol":1}')
  const ended = new Promise<void>((resolve) => manager.on('close', () => resolve()))
  manager.on('open', () => {
    manager.engine.on('data', (data: unknown) => {
      if (!String(data).startsWith('4/operator,')) return
      refusals += 1
      knock()
    })
    knock()
  })
  return { ended, refusals: () => refusals }
}

/** How many connections the server counts. */
async function openSockets(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return [...metrics.matchAll(/^holdpoint_sockets\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
}

/** What is held in this process, heap and buffers, once everything that can be collected was. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

describe('ID4: every bad request is refused by name, and the connection goes on', () => {
  it('[ID4][AP10] arguments that readers would not read alike', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const refusals: Readonly<Record<string, readonly [unknown, string]>> = {
      'just over 64 KiB': [{ text: 'x'.repeat(64 * 1024) }, 'too_large'],
      'depth 65': [nested(66), 'too_large'],
      'half a surrogate pair': [{ text: '\ud800' }, 'invalid'],
      'half a surrogate pair in a key': [{ '\udc00': 1 }, 'invalid'],
      'a whole number that would be rounded': [{ n: 2 ** 53 }, 'invalid'],
      'a number beyond all': [JSON.parse('{"n":1e999}'), 'ok'], // JSON on the wire turns it to null
      __proto__: [JSON.parse('{"__proto__":{"admin":true}}'), 'invalid'],
      binary: [{ bytes: Buffer.from('abc') }, 'invalid'],
      'binary, typed': [new Uint8Array(4), 'invalid'],
    }
    for (const [what, [args, code]] of Object.entries(refusals)) {
      const ack = await agent.ask('read_file', args)
      expect(ack.ok ? 'ok' : ack.error?.code, what).toBe(code)
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    agent.socket.sendFrame(
      `42/agent,77["action.request",{"key":"deep","epoch":"${agent.epoch}","action":"read_file","args":${deep}}]`,
    )
    await until('an answer to what is nested 20,000 deep', () =>
      agent.socket.frames.some((frame) => frame.startsWith('43/agent,77[') && frame.includes('too_large')),
    )
    // the largest that fits goes through
    const rest = '{"action":"read_file","args":{"text":""}}'.length
    expect(await agent.ask('read_file', { text: 'x'.repeat(64 * 1024 - rest) })).toMatchObject({ ok: true })
  })

  it('[ID4] unknown keys, wrong types, unknown and missing things', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const { socket } = agent
    const good = { key: freshKey(), epoch: agent.epoch, action: 'read_file', args: {} }
    const invalid: readonly (readonly [string, unknown])[] = [
      ['action.request', { ...good, admin: true }],
      ['action.request', { ...good, epoch: 1 }],
      ['action.request', { ...good, epoch: '1' }],
      ['action.request', { ...good, key: '' }],
      ['action.request', { ...good, confidence: 2 }],
      ['action.request', { ...good, action: 'rm -rf' }],
      ['action.request', null],
      ['action.request', 'text'],
      ['action.request', 17],
      ['action.request', []],
      ['action.request', undefined],
      ['action.nothing', {}],
      ['__proto__', {}],
      ['constructor', {}],
      ['toString', {}],
      ['error', {}],
      ['hello', {}],
      ['approval.get', { id: '../../etc/passwd' }],
      ['approval.get', { id: { $ne: null } }],
      ['run.start', { key: freshKey(), instance: 'instance-1', agent: 'worker/../other' }],
    ]
    for (const [name, body] of invalid) {
      const ack = await socket.request(name, body)
      expect(ack, `${name} ${JSON.stringify(body)}`).toMatchObject({ ok: false })
      expect(['invalid', 'forbidden', 'conflict'], name).toContain(ack.error?.code)
      expect(ack.error?.message).toMatch(/^[A-Z"].*[.]$/)
    }
    expect(await agent.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] a duration beyond what a date can hold is refused, not believed', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ask = (timeoutMs: number) => agent.send('question.ask', { question: 'Why?', timeoutMs })
    for (const timeoutMs of [Number.MAX_SAFE_INTEGER, 1e300, 366 * DAY + 1, 0, -1, 0.5])
      expect(await ask(timeoutMs), `${timeoutMs}`).toMatchObject({
        error: { code: 'invalid', details: { path: '/timeoutMs' } },
      })
    expect(await ask(366 * DAY)).toMatchObject({ ok: true })
    const other = await cp.agentSocket({ subject: 'other' })
    expect(
      await other.request('run.start', {
        key: freshKey(),
        instance: 'instance-1',
        leaseMs: Number.MAX_SAFE_INTEGER,
      }),
    ).toMatchObject({ error: { code: 'invalid' } })
  })

  it('[AG4] a message that was not understood says where its process stands, and renews nothing', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const garbage = [
      ['lease.renew', {}],
      ['no.such.thing', {}],
      ['auth.refresh', { token: 'rubbish' }],
    ] as const
    const send = () => Promise.all(garbage.map(([name, body]) => agent.socket.request(name, body)))
    await clock.advance(6 * SECOND)
    for (const refused of await send())
      expect(refused).toMatchObject({ ok: false, state: 'running', seq: 0, ttlMs: 9 * SECOND })
    await clock.advance(10 * SECOND)
    for (const refused of await send()) expect(refused).toMatchObject({ state: 'running', ttlMs: 0 })
    await agent.socket.must('lease.renew', { epoch: agent.epoch, after: 0 })
    await ana.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'x' })
    for (const refused of await send()) expect(refused).toMatchObject({ state: 'paused', seq: 1, ttlMs: 0 })
  })

  it('[ID4] no silence either where a message brings no ack, none or several objects', async () => {
    await using cp = await controlPlane()
    const { socket, epoch } = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const body = { key: freshKey(), epoch, action: 'read_file', args: {} }
    socket.socket.emit('action.request', body)
    await socket.heard('refused', ({ event }) => event === 'action.request')
    socket.socket.emit('progress', { epoch, step: 17 })
    await socket.heard('refused', ({ event, error }) => event === 'progress' && error.code === 'invalid')
    const several = await new Promise((resolve) => socket.socket.emit('action.request', body, body, resolve))
    expect(several).toMatchObject({ ok: false, error: { code: 'invalid' } })
    const none = await new Promise((resolve) => socket.socket.emit('action.request', resolve))
    expect(none).toMatchObject({ ok: false, error: { code: 'invalid' } })
    const ana = await cp.operatorSocket({})
    await ana.must('sync', {})
    ana.socket.emit('approval.approve', {})
    await ana.heard('refused')
    expect((await ana.must('approval.list', {})).approvals).toEqual([])
  })

  it('[ID4] a connection that holds no run can do nothing but start or resume one', async () => {
    await using cp = await controlPlane()
    const socket = await cp.agentSocket({ subject: 'worker' })
    const id = '01980000-0000-7000-8000-000000000000'
    for (const [name, body] of [
      ['lease.renew', { epoch: '1.1', after: 0 }],
      ['approval.get', { id }],
      ['action.request', { key: freshKey(), epoch: '1.1', action: 'read_file', args: {} }],
    ] as const)
      expect(await socket.request(name, body), name).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(
      await socket.request('run.resume', { run: id, epoch: '1.1', instance: 'instance-1', after: 0 }),
    ).toMatchObject({ error: { code: 'not_found' } })
  })
})

describe('ID4: what can not be answered is cut off, without harm to others', () => {
  it('[ID4] a message over 1 MiB closes its connection alone', async () => {
    await using cp = await controlPlane()
    const bad = await cp.agentSocket({ subject: 'bad' })
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    bad.socket.emit('action.request', { text: 'x'.repeat(1024 * 1024) }, () => {})
    await bad.ended
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] broken frames close their connection alone', async () => {
    await using cp = await controlPlane()
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    const frames = ['42/agent,["a"', '2', '451-', '4', '99999', '42/agent,{}', `42/agent,["${'a'.repeat(99)}`]
    for (const frame of frames) {
      const bad = await cp.agentSocket({ subject: 'bad' })
      bad.sendFrame(frame)
      await Promise.race([bad.ended, good.ask('read_file', { frame })])
      bad.close()
    }
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] a flood is told to slow down, and cut off when it does not', async () => {
    await using cp = await controlPlane()
    const flood = await cp.agentSocket({ subject: 'flood' })
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    const codes = new Map<string, number>()
    let cut = false
    flood.ended.then(() => {
      cut = true
    })
    for (let n = 0; n < 5_000 && !cut; n++) {
      flood.socket.emit('lease.renew', {}, (ack: { error: { code: string } }) =>
        codes.set(ack.error.code, (codes.get(ack.error.code) ?? 0) + 1),
      )
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await flood.ended
    expect(codes.get('invalid')).toBeGreaterThanOrEqual(400)
    expect(codes.get('invalid')).toBeLessThan(1_000)
    expect(codes.get('rate_limited')).toBeGreaterThan(0)
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] a flood of frames that are no requests is cut off, with a token or without', async () => {
    await using cp = await controlPlane()
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    // a pong; an answer to nothing; a knock at a namespace that is not there
    for (const frame of ['3', '43/agent,9[]', '40/zzz,']) {
      const flood = await cp.agentSocket({ subject: 'flood' })
      for (let n = 0; n < 5_000; n++) flood.sendFrame(frame)
      await flood.ended
    }
    const nobody = new Manager(cp.url, { transports: ['websocket'], reconnection: false })
    await new Promise<void>((resolve) => {
      nobody.on('close', () => resolve())
      nobody.on('open', () => {
        for (let n = 0; n < 5_000; n++) nobody.engine.write('0/zzz,')
      })
    })
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] a flood of what the websocket itself says is cut off', async () => {
    await using cp = await controlPlane()
    const flood = await cp.agentSocket({ subject: 'flood' })
    for (let n = 0; n < 5_000; n++) flood.sendPong()
    await flood.ended
  })

  it('[ID4] a message in more parts than anybody has reason to send is cut off, and one in as many as a browser may is not', async () => {
    await using cp = await controlPlane()
    const socket = await cp.agentSocket({ subject: 'good' })
    const good = await startAgent(socket)
    socket.sendInParts('42/agent,7["lease.renew",{}]', 256)
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
    const flood = await cp.agentSocket({ subject: 'flood' })
    flood.sendInParts('42/agent,7["lease.renew",{}]', 300)
    await flood.ended
  })

  it('[ID4] bulk is read more slowly than it is sent and answered to the last, and holds up nobody else', async () => {
    await using cp = await controlPlane()
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    const bulk = await cp.agentSocket({ subject: 'bulk' })
    const beganAt = performance.now()
    let answered = 0
    const text = 'x'.repeat(64 * 1024)
    const all = Promise.all(
      Array.from({ length: 500 }, async () => {
        const { error } = await bulk.request('approval.get', { text })
        answered += 1
        return error?.code
      }),
    )
    let others = 0
    for (let seen = 0; seen < 480; others++) {
      const before = seen
      seen = await until('more of it is answered', () => answered > before + 19 && answered)
      expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
    }
    expect(new Set(await all)).toEqual(new Set(['invalid']))
    // each counts as nine: as many as come at once, then at their rate
    expect(performance.now() - beganAt).toBeGreaterThan(((500 * 9 - 2_200) / 600) * 1_000 - 100)
    expect(others).toBeGreaterThan(5)
    expect(await bulk.request('approval.get', {})).toMatchObject({ error: { code: 'invalid' } })
  })

  it('[ID4] bulk without end is read at its rate and no faster; where nobody has shown a token one large message is a flood', async () => {
    await using cp = await controlPlane()
    const good = await startAgent(await cp.agentSocket({ subject: 'good' }))
    const large = `42/agent,7["action.request",{"text":"${'x'.repeat(900 * 1024)}"}]`
    const flood = await cp.agentSocket({ subject: 'flood' })
    const beganAt = performance.now()
    for (let n = 0; n < 60; n++) flood.sendFrame(large)
    const read = () => flood.frames.filter((frame) => frame.startsWith('43/agent,7')).length
    await until('half of it is read', () => read() >= 30)
    // one may have been on its way when reading was stopped
    expect(performance.now() - beganAt).toBeGreaterThan(((29 * 113 - 2_200) / 600) * 1_000 - 100)
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
    flood.close()

    const nobody = new Manager(cp.url, { transports: ['websocket'], reconnection: false })
    await new Promise<void>((resolve) => {
      nobody.on('close', () => resolve())
      nobody.on('open', () => nobody.engine.write(large.slice(1)))
    })
    // as large as they may be, one after the other
    const fields = { text: 'x'.repeat(60_000), context: 'x'.repeat(60_000) }
    for (let n = 0; n < 100; n++) await good.send('approval.get', fields)
    expect(await good.ask('read_file', {})).toMatchObject({ ok: true })
  })

  it('[ID4] a client that never reads is cut off, and the others go on', async () => {
    await using cp = await controlPlane({ parts: { limits: { ratePerSecond: 100_000, burst: 100_000 } } })
    const ana = await cp.operatorSocket({})
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const { approval } = await agent.ask('send_email', { text: 'x'.repeat(60_000) })
    const deaf = await cp.operatorSocket({ subject: 'deaf' })
    await deaf.must('sync', {})
    deaf.stopReading()
    for (let n = 0; n < 400; n++) deaf.socket.emit('approval.get', { id: approval.id }, () => {})
    await until('the deaf one to be cut off', async () => (await openSockets(cp.url)) === 2)
    expect(await ana.must('approval.get', { id: approval.id })).toMatchObject({ ok: true })
  })

  it('[ID4] memory is back to where it was after all of that, over and over', async () => {
    await using cp = await controlPlane({
      parts: { limits: { ratePerSecond: 100_000, burst: 100_000, connectsPerSecond: 100_000 } },
    })
    const ana = await cp.operatorSocket({})
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const { approval } = await agent.ask('send_email', { text: 'x'.repeat(60_000) })
    const agentToken = await cp.token({ subject: 'bad' })
    const personToken = await cp.token({ subject: 'deaf', role: 'viewer' })

    const abuse = async () => {
      const bad = await openRawSocket(cp.url, '/agent', { token: agentToken, protocol: 1 })
      for (let n = 0; n < 50; n++) await bad.request('action.request', { text: 'x'.repeat(100_000) })
      bad.socket.emit('action.request', { text: 'x'.repeat(1024 * 1024) }, () => {})
      await bad.ended
      const deaf = await openRawSocket(cp.url, '/operator', { token: personToken, protocol: 1 })
      deaf.stopReading()
      for (let n = 0; n < 400; n++) deaf.socket.emit('approval.get', { id: approval.id }, () => {})
      await until('the deaf one to be cut off', async () => (await openSockets(cp.url)) === 2)
      deaf.close()
      for (let n = 0; n < 20; n++)
        await openRawSocket(cp.url, '/agent', { token: 'x'.repeat(8_000), protocol: 1 }).catch(() => {})
    }
    await abuse()
    const before = heldBytes()
    for (let round = 0; round < 5; round++) await abuse()
    // one deaf connection alone has 20 MB waiting for it
    expect(heldBytes() - before).toBeLessThan(4 * 1024 * 1024)
    expect(await ana.must('approval.list', {})).toMatchObject({ approvals: [{ id: approval.id }] })
  })

  it('[ID4] a connection that never shakes hands, or keeps failing to, is closed', async () => {
    await using cp = await controlPlane()
    const { hostname, port } = new URL(cp.url)
    const silent = tcpConnect(Number(port), hostname)
    silent.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    silent.resume()
    await new Promise<void>((resolve) => silent.on('close', () => resolve()))

    const failing = keepFailing(cp.url)
    await failing.ended
    expect(failing.refusals()).toBe(8)
  })

  it('[ID4] a malformed address is answered like everything else', async () => {
    await using cp = await controlPlane()
    const response = await fetch(`${cp.url}/%zz`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const body = await response.text()
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid', status: 400 })
    expect(body).not.toContain('zz')
  })

  it('[ID4] HTTP long polling and unknown namespaces are not offered', async () => {
    await using cp = await controlPlane()
    const polling = await fetch(`${cp.url}/socket.io/?EIO=4&transport=polling`)
    expect(polling.status).toBe(400)
    const token = await cp.token({ subject: 'ana', role: 'admin' })
    for (const namespace of ['/', '/admin', '/__proto__'])
      await expect(cp.connect(namespace as '/agent', { token, protocol: 1 }), namespace).rejects.toThrow()
  })
})
