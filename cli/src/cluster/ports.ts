import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that systems give to connections that go out (32768 and up on Linux, 49152 elsewhere): one of these could take
 * a node's port while the node is restarted.
 */
const LOWEST = 12_000
const HIGHEST = 32_000

/** Ports of loopback that nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (!(await whyTaken('127.0.0.1', port))) found.add(port)
  }
  return [...found]
}

/** That port, or any free one for 0. Throws with a sentence where somebody listens there already, or this user may not. */
export async function choosePort(host: string, port: number): Promise<number> {
  if (port === 0) return (await freePorts(1))[0] as number
  const code = await whyTaken(host, port)
  if (code === 'EADDRINUSE')
    throw new Error(`Port ${port} is in use: another server runs there. Choose another with --port.`)
  if (code !== undefined) throw new Error(`The balancer can not listen on ${host}:${port} (${code}).`)
  return port
}

async function whyTaken(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
  server.close()
  await once(server, 'close')
  return undefined
}
