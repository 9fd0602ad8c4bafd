import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that systems give to connections that go out (32768 and up on Linux, 49152 elsewhere): one of these could take
 * the port before its server does, or while that is being restarted.
 */
const LOWEST = 12_000
const HIGHEST = 32_000

/** A port on loopback that nobody listens on at this moment: for a server that must come back on the same one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
