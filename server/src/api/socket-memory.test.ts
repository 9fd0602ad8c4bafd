import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { expect, it } from 'vitest'
import { openRawSocket } from '../../../test/harness/raw-socket.ts'
import { systemClock } from '../clock.ts'
import { Links } from './links.ts'
import { pack } from './socket-memory.ts'

interface Inside {
  readonly _events: object
}

/** A connection as the server lets it in, packed, and the emitters of which it consists. */
async function packed() {
  const http = createServer()
  const links = new Links(systemClock, () => {})
  const io = new Server(http, { transports: ['websocket'], serveClient: false, wsEngine: links.server })
  const heard: unknown[] = []
  const admitted = new Promise<Socket>((resolve) =>
    io.of('/agent').on('connection', (socket) => {
      socket.on('disconnect', () => heard.push('disconnect'))
      socket.onAny((name: string, body: unknown, answer: (body: unknown) => void) => {
        heard.push([name, body])
        answer({ ok: true })
      })
      pack(socket)
      resolve(socket)
    }),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const client = await openRawSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, '/agent', {})
  const socket = await admitted
  const conn = socket.conn as unknown as Inside & {
    transport: Inside & { socket: Inside }
    cleanupFn: object
  }
  return {
    client,
    socket,
    heard,
    conn,
    emitters: [socket as unknown as Inside, conn, conn.transport, conn.transport.socket],
    async [Symbol.asyncDispose]() {
      await io.close()
      await links.close()
    },
  }
}

it('a packed connection hears and answers as before, and says when it ends', async () => {
  await using it = await packed()
  expect(await it.client.request('anything', { a: 1 })).toEqual({ ok: true })
  expect(await it.client.request('constructor', {})).toEqual({ ok: true })
  const ended = new Promise((resolve) => it.socket.once('disconnect', resolve))
  it.client.close()
  await ended
  expect(it.heard).toEqual([['anything', { a: 1 }], ['constructor', {}], 'disconnect'])
})

it('what is packed is where these versions of the libraries keep it', async () => {
  await using it = await packed()
  const { socket, conn, emitters } = it
  // Node's own has none at all: it would be a hash table still
  for (const { _events } of emitters) expect(Object.getPrototypeOf(_events)).not.toBeNull()
  expect(conn).toHaveProperty('cleanupFn', [expect.any(Function)])
  expect(socket).toHaveProperty('_anyListeners', [expect.any(Function)])
  expect(socket).toHaveProperty('client.decoder._callbacks.$decoded', [expect.any(Function)])
  const { transport } = conn
  expect(transport.socket).toHaveProperty('_events.error', expect.any(Function))
  expect(Object.keys(transport._events)).not.toContain('headers')
})
