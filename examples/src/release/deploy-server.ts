import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A pretended deployment service on loopback: it counts what it was asked to do and does nothing else. */
export interface DeployServer {
  readonly origin: string
  close(): Promise<void>
}

export async function startDeployServer(): Promise<DeployServer> {
  const deployed = new Map<string, number>()
  const server = createServer((request, response) => {
    const service = /^\/deploys\/([a-z]{1,20})$/.exec(request.url ?? '')?.[1]
    if (request.method !== 'POST' || service === undefined) {
      response.writeHead(404).end()
      return
    }
    deployed.set(service, (deployed.get(service) ?? 0) + 1)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ service, deploys: deployed.get(service) }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
