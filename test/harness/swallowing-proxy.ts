import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Which way nothing passes any more: from whom was connected to (`towards-agent`), from who connected, or either. */
export type Swallowing = 'both' | 'towards-agent' | 'towards-server'

/** A TCP proxy that can play dead: connections stay open, accept what is sent, and let nothing through. */
export interface SwallowingProxy extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** From now on nothing passes that way, on old connections and new ones; none is closed or reset. */
  swallow(which: Swallowing): void
  /** New connections pass again; what was swallowed is gone, and its connections are cut. */
  heal(): void
  /** Connections there are play dead for good, as after a change of network; new ones pass. */
  strand(): void
}

/** Listens on loopback and passes everything on to `port`. */
export async function swallowingProxy(port: number, host = '127.0.0.1'): Promise<SwallowingProxy> {
  const open = new Set<Socket>()
  const tainted = new Set<Socket>()
  const stranded = new WeakSet<Socket>()
  let swallowing: Swallowing | undefined

  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      open.delete(socket)
      tainted.delete(socket)
    })
  }
  /** What is swallowed is read and dropped, so that the sender's buffer never fills and it notices nothing. */
  const pass = (from: Socket, to: Socket, swallowed: () => boolean): void => {
    from.on('data', (chunk) => void (swallowed() || to.write(chunk)))
    from.once('close', () => void (swallowing || to.destroy()))
  }
  const server = createServer((near) => {
    keep(near)
    const far = connect(port, host)
    keep(far)
    if (swallowing) tainted.add(near)
    const isStranded = () => stranded.has(near)
    pass(near, far, () => isStranded() || swallowing === 'both' || swallowing === 'towards-server')
    pass(far, near, () => isStranded() || swallowing === 'both' || swallowing === 'towards-agent')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    swallow(which) {
      swallowing = which
      for (const socket of open) tainted.add(socket)
    },
    heal() {
      swallowing = undefined
      // A stream with a hole in it is of no use to anybody.
      for (const socket of tainted) socket.destroy()
    },
    strand() {
      for (const socket of open) stranded.add(socket)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
