import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that can play dead: connections stay open, accept what is sent, and let nothing through. */
export interface SwallowingProxy extends AsyncDisposable {
  readonly url: string
  /** From now on nothing passes in either direction, on old connections and new ones; none is closed or reset. */
  swallow(): void
  /** New connections pass again; what was swallowed is gone, and its connections are cut. */
  heal(): void
}

/** Listens on loopback and passes everything on to `port`. */
export async function swallowingProxy(port: number): Promise<SwallowingProxy> {
  const open = new Set<Socket>()
  const swallowed = new Set<Socket>()
  let dead = false

  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      open.delete(socket)
      swallowed.delete(socket)
    })
  }
  const pass = (from: Socket, to: Socket): void => {
    // Read and dropped, so that the sender's buffer never fills and it notices nothing.
    from.on('data', (chunk) => void (dead || swallowed.has(from) || to.write(chunk)))
    from.once('close', () => void (dead || swallowed.has(from) || to.destroy()))
  }
  const server = createServer((near) => {
    keep(near)
    if (dead) {
      swallowed.add(near)
      near.on('data', () => {})
      return
    }
    const far = connect(port, '127.0.0.1')
    keep(far)
    pass(near, far)
    pass(far, near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    swallow() {
      dead = true
      for (const socket of open) swallowed.add(socket)
    },
    heal() {
      dead = false
      for (const socket of swallowed) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
