/** ID5: a person on the server's own machine needs no token; whoever merely listens on its port gets none either. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'

const urlOf = (server: Server | TcpServer): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`
/** The beginning of any JWT. */
const TOKEN = /eyJ/

it('[ID5] the control plane of the folder is asked by a token that is made for it', async () => {
  await using plane = await controlPlane()
  const hp = commandLine({ url: plane.url })
  const listed = await hp('approvals', '--data', plane.folder)
  expect([listed.code, listed.stdout]).toEqual([0, 'Nothing waits for a person.\n'])
})

it('[ID5] a server that has not read the keys yet that its folder has by now is told of as there, and to be restarted', async () => {
  await using plane = await controlPlane()
  const path = join(plane.folder, 'keys.json')
  const { keys } = JSON.parse(await readFile(path, 'utf8'))
  const kid = 'rotated'
  const fresh = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid }
  await writeFile(path, JSON.stringify({ active: kid, keys: [fresh, ...keys] }))
  const hp = commandLine({ url: plane.url })
  const { code, stderr } = await hp('approvals', '--data', plane.folder, '--timeout', '2s')
  expect([code, stderr]).toEqual([4, expect.stringMatching(/not signed by a key .*restart the server/)])
  expect(stderr).not.toMatch(/No control plane answered|\.\./)
})

it('[ID3] is told what the server says of its token where its keys are the right ones, and nothing of keys', async () => {
  await using plane = await controlPlane()
  const hp = commandLine({ url: plane.url })
  const here = ['--data', plane.folder]
  const me = `local:${userInfo().username.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`
  const admin = commandLine({ url: plane.url, token: await plane.token({ subject: 'root', role: 'admin' }) })
  expect(await admin('people', 'add', me, '--role', 'admin')).toMatchObject({ code: 0 })
  expect(await admin('people', 'disable', me, '--reason', 'left')).toMatchObject({ code: 0 })
  const since = performance.now()
  expect(await hp('approvals', ...here)).toMatchObject({
    code: 4,
    stderr: '✗ This person is disabled; ask an admin. [unauthenticated]\n',
  })
  // not asked again and again until the time for a connection is over, which is ten seconds
  expect(performance.now() - since).toBeLessThan(7_000)
  const token = await plane.token({ subject: 'bo', role: 'viewer' })
  expect(await admin('token', 'revoke', '--subject', 'bo', '--reason', 'lost')).toMatchObject({ code: 0 })
  const { code, stderr } = await commandLine({ url: plane.url, token })('approvals')
  expect([code, stderr]).toEqual([
    4,
    expect.stringMatching(/^✗ This token was revoked; .* HOLDPOINT_TOKEN: give another/),
  ])
  expect(stderr).not.toContain('keys.json')
})

it('[ID5] somebody else who listens on its port is sent no token', async () => {
  await using plane = await controlPlane()
  await plane.stop()
  const heard: string[] = []
  const hear = ({ url = '', headers }: { url?: string; headers: object }) => {
    heard.push(`${url} ${JSON.stringify(headers)}`)
  }
  const stranger = createServer((request, response) => {
    hear(request)
    response.setHeader('content-type', 'application/json').end('{"proof":"eyJhbGciOiJub25lIn0.e30."}')
  })
  stranger.on('upgrade', (request, socket) => {
    hear(request)
    socket.on('data', (data) => heard.push(String(data)))
  })
  stranger.listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  try {
    const url = urlOf(stranger)
    const refused = await commandLine({ url })('approvals', '--data', plane.folder)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain(`What listens at ${url} is not the control plane of ${plane.folder}`)
    expect(heard.length).toBeGreaterThan(0)
    expect(heard.join()).not.toMatch(TOKEN)
  } finally {
    stranger.close()
  }
})

it('[ID5] nor is somebody who passes on to it what they are asked', async () => {
  await using plane = await controlPlane()
  const { port } = new URL(plane.url)
  const heard: string[] = []
  const relay = createTcpServer((client) => {
    const server = connect(Number(port), '127.0.0.1')
    client.on('data', (data) => heard.push(String(data)))
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) socket.on('error', () => {})
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  try {
    const refused = await commandLine({ url: urlOf(relay) })('approvals', '--data', plane.folder)
    expect(refused.code).toBe(4)
    expect(heard.join()).toContain('/v1/instance?nonce=')
    expect(heard.join()).not.toMatch(TOKEN)
  } finally {
    relay.close()
  }
})

it('[ID5] says so where the control plane is asked too often whether it is the one', async () => {
  await using plane = await controlPlane({ clock: manualClock() })
  const ask = async () => (await fetch(`${plane.url}/v1/instance`)).status
  const answers: number[] = []
  while (!answers.includes(429)) answers.push(...(await Promise.all(Array.from({ length: 50 }, ask))))
  const busy = await commandLine({ url: plane.url })('approvals', '--data', plane.folder)
  expect([busy.code, busy.stdout]).toEqual([5, ''])
  expect(busy.stderr).toContain(`What listens at ${plane.url} is asked too often for a proof`)
  expect(busy.stderr).toContain('try again in a few seconds')
})
