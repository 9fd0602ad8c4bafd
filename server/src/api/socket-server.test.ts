import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ok, refused } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { openRawSocket } from '../../../test/harness/raw-socket.ts'
import { until } from '../../../test/harness/until.ts'
import type { Principal } from '../auth/principal.ts'
import { systemClock } from '../clock.ts'
import type { Line } from './line.ts'
import { defaultLimits } from './socket-ports.ts'
import { openSocketServer, type SocketServer } from './socket-server.ts'

const worker: Principal = {
  tenant: 'default',
  id: 'worker',
  role: 'agent',
  labels: {},
  jti: 'j1',
  issuedAt: 0,
  expiresAt: Number.MAX_SAFE_INTEGER,
}

/** How often something was written to a connection: each time is a call of the system's. */
function countWrites(http: HttpServer): () => number {
  let writes = 0
  http.on('connection', (connection: { _handle: Record<string, (...args: unknown[]) => unknown> }) => {
    const { _handle: handle } = connection
    for (const name of ['writev', 'writeLatin1String', 'writeUtf8String', 'writeBuffer']) {
      const write = handle[name]
      handle[name] = (...args) => {
        writes += 1
        return write?.apply(handle, args)
      }
    }
  })
  return () => writes
}

/** A socket server at whose door `atTheGate` is called once a credential has been checked, right before it is admitted. */
async function doorway(atTheGate: (server: SocketServer) => void) {
  const http = createServer()
  const writes = countWrites(http)
  let checks = 0
  let revoked = false
  const lines: Line[] = []
  const desk = { handle: async () => ({ ok: true }) as const, cast: () => ok(undefined), closed: () => {} }
  const server = openSocketServer(http, {
    clock: systemClock,
    verifier: { verify: async () => ok(worker) },
    revocations: {
      async check() {
        checks += 1
        return revoked
      },
    } as never,
    standing: async (principal) => ok(principal),
    origins: [],
    trustedProxies: 0,
    leaseMaxMs: () => 15_000,
    limits: defaultLimits,
    admit: {
      '/agent': (principal) => {
        atTheGate(server)
        return ok(principal)
      },
      '/operator': () => refused('forbidden'),
    },
    desks: {
      '/agent': (line) => {
        lines.push(line)
        return desk
      },
      '/operator': () => desk,
    },
    answered: () => {},
    log: { info: () => {}, warn: () => {}, error: () => {} },
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    server,
    /** Of those that came in, in their order. */
    lines,
    checks: () => checks,
    writes,
    /** As the server does: it takes effect first, then the connections are looked through. */
    revoke(): void {
      revoked = true
      server.endWhere('default', ({ id }) => id === 'worker')
    },
    enter: () =>
      openRawSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, '/agent', {
        token: 't',
        protocol: 1,
      }),
    async [Symbol.asyncDispose]() {
      await server.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

it('[ID3] a credential that is revoked between its check and its admission ends the connection', async () => {
  let revoke = (): void => {}
  await using door = await doorway(() => revoke())
  revoke = door.revoke
  const late = await door.enter()
  expect(await late.ended).toBe('io server disconnect')
  expect(door.checks()).toBe(2)
})

it('[ID3] nothing is looked up twice where no credential ended meanwhile', async () => {
  await using door = await doorway(() => {})
  const socket = await door.enter()
  expect(await socket.request('anything', {})).toEqual({ ok: true })
  expect(door.checks()).toBe(1)
  door.revoke()
  await socket.ended
})

it('who comes in is written to twice: that there is a connection, and that they are let in, with what they are told at once', async () => {
  await using door = await doorway(() => {})
  const socket = await door.enter()
  await socket.heard('hello')
  expect(door.writes()).toBe(2)
  expect(await socket.request('anything', {})).toEqual({ ok: true })
  expect(door.writes()).toBe(3)
})

it('[AG7] what is sent to some agents at once reaches each of them, and nobody else', async () => {
  await using door = await doorway(() => {})
  const [first, second, third] = [await door.enter(), await door.enter(), await door.enter()]
  const { server, lines } = door
  server.sendAll(lines.slice(0, 2), 'order', { id: 'o1' })
  server.sendAll(lines.slice(2), 'order', { id: 'o2' })
  server.sendAll([], 'order', { id: 'o3' })
  for (const socket of [first, second, third]) await socket.request('anything', {})
  const orders = ({ received }: typeof first) => received.filter(([event]) => event === 'order')
  expect(orders(first)).toEqual([['order', { id: 'o1' }]])
  expect(orders(second)).toEqual([['order', { id: 'o1' }]])
  expect(orders(third)).toEqual([['order', { id: 'o2' }]])
})

it('[ID4] who reads nothing of what goes to many is cut off, and the others have all of it', async () => {
  await using door = await doorway(() => {})
  const [deaf, reader] = [await door.enter(), await door.enter()]
  const { server, lines } = door
  deaf.stopReading()
  const body = { text: 'x'.repeat(256 * 1024) }
  // four times what it may leave unread: the kernel's buffers take some of it
  for (let sent = 1; sent <= 64 && server.counts()['/agent'] > 1; sent++) {
    server.sendAll(lines, 'order', body)
    await until('what was sent', () => reader.received.filter(([event]) => event === 'order').length === sent)
  }
  expect(server.counts()['/agent']).toBe(1)
  expect(await reader.request('anything', {})).toEqual({ ok: true })
  deaf.close()
})
