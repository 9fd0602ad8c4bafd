import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports of loopback that nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(
    servers.map((server) => {
      server.close()
      return once(server, 'close')
    }),
  )
  return ports
}

/** That port, or any free one for 0. Throws with a sentence where somebody listens there already, or this user may not. */
export async function choosePort(host: string, port: number): Promise<number> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${port} is in use: another server runs there. Choose another with --port.`)
    throw new Error(`The balancer can not listen on ${host}:${port} (${code}).`, { cause: error })
  }
  const chosen = (server.address() as { port: number }).port
  server.close()
  await once(server, 'close')
  return chosen
}
