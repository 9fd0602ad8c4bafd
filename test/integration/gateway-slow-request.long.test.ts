import { connect as tcpConnect } from 'node:net'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'

it('[ID4] a request that does not come to its end is ended', async () => {
  await using cp = await controlPlane()
  const { hostname, port } = new URL(cp.url)
  const head = 'POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  const dribblers = ['', 'GET / HT', head, `${head}Content-Length: 1000\r\n\r\n{"person":"`].map((start) => {
    const socket = tcpConnect(Number(port), hostname, () => socket.write(start))
    socket.on('error', () => {}).resume()
    return new Promise<void>((resolve) => socket.on('close', () => resolve()))
  })
  await Promise.all(dribblers)
  expect((await fetch(`${cp.url}/healthz`)).status).toBe(200)
})
