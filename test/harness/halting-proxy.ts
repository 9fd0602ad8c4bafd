import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that lets a test act at one certain moment of a conversation. */
export interface HaltingProxy extends AsyncDisposable {
  readonly url: string
  /** From here on new connections lead to another port, as an address does that a failover moves. */
  turn(port: number): void
  /**
   * Once something comes with `word` in it, holds it back until `act` is done, and passes it on then. `cut` ends the
   * connection: it and its answer are lost. Resolves once that has happened, rejects where `act` fails.
   */
  at(word: string, act: (cut: () => void) => unknown): Promise<void>
}

interface Halt {
  readonly word: string
  act(cut: () => void): Promise<void>
}

/** Listens on loopback and passes everything on to `port` of loopback. */
export async function haltingProxy(port: number): Promise<HaltingProxy> {
  const open = new Set<Socket>()
  let halt: Halt | undefined
  let leadsTo = port

  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  }
  const server = createServer((near) => {
    const far = connect(leadsTo, '127.0.0.1')
    keep(near)
    keep(far)
    const cut = (): void => {
      near.destroy()
      far.destroy()
    }
    near.once('close', cut)
    far.once('close', cut)
    far.on('data', (chunk) => void near.write(chunk))
    let passed: Promise<unknown> = Promise.resolve()
    near.on('data', (chunk) => {
      passed = passed.then(async () => {
        if (halt && chunk.includes(halt.word)) {
          const { act } = halt
          halt = undefined
          await act(cut)
        }
        far.write(chunk)
      })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    url: `redis://127.0.0.1:${address.port}`,
    turn(other) {
      leadsTo = other
    },
    at: (word, act) =>
      new Promise((resolve, reject) => {
        halt = {
          word,
          act: async (cut) => {
            try {
              await act(cut)
              resolve()
            } catch (error) {
              reject(error)
            }
          },
        }
      }),
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
