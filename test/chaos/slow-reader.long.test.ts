import { AgentClient } from '@holdpoint/client'
import { OperatorClient } from '@holdpoint/client/operator'
import { io, type Socket } from 'socket.io-client'
import { expect, it } from 'vitest'
import { processUsage } from '../harness/process-usage.ts'
import { type ServerProcess, serverProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'
import { names } from './crowd.ts'

const MIB = 1024 * 1024
/** More than what the kernel's buffers and the server's own bound take together. */
const MOST_BYTES = 64 * MIB
/** What a heap may have grown by for other reasons. */
const SLACK_BYTES = 32 * MIB
/** Three bytes of UTF-8 each: what an event carries at most in one text. */
const LONG = '長'.repeat(2_000)
/** About what one request and its withdrawal come to in the feed. */
const PAIR_BYTES = 18_000
const WARM_UP = 120

it('[ID4] a console that never reads its feed is cut off, others lose nothing, and memory comes back', async () => {
  await using server = await serverProcess()
  await server.start()
  await using ana = new OperatorClient({ url: server.url, token: await server.token('operator', 'ana') })
  await ana.ready()
  const agents = await Promise.all(names('busy', 8).map((agent) => started(server, agent)))
  const { rss } = processUsage(server.pid)
  // As much as will be sent below, to a console that reads: what the heap grows by for that is no news.
  await Promise.all(agents.map((agent) => flow(agent, WARM_UP)))
  const before = rss()

  const deaf = await deafConsole(server)
  expect(await consoles(server)).toBe(2)
  let [sent, peak] = [0, before]
  while ((await consoles(server)) > 1) {
    expect(sent).toBeLessThan(MOST_BYTES)
    await Promise.all(agents.map((agent) => flow(agent, 10)))
    sent += agents.length * 10 * PAIR_BYTES
    peak = Math.max(peak, rss())
  }
  deaf.disconnect()
  console.log(
    `cut off after about ${Math.round(sent / MIB)} MiB; memory ${Math.round((peak - before) / MIB)} MiB above at most`,
  )

  await Promise.all(agents.map((agent) => flow(agent, 20)))
  expect(ana.connection.status).toBe('live')
  const { events } = await ana.history({ limit: 1 })
  await until('the console that reads has it all', () => ana.replica.seq >= (events[0]?.seq ?? 0))
  // A heap shrinks while it is worked on, not while it rests.
  const back = async () => {
    await Promise.all(agents.map((agent) => flow(agent, 1)))
    return rss() < before + SLACK_BYTES
  }
  await until('memory is back', back, { withinMs: 90_000, everyMs: 100 })
  for (const agent of agents) await agent.close()
})

async function started(server: ServerProcess, agent: string): Promise<AgentClient> {
  const client = new AgentClient({ url: server.url, token: await server.token('agent', agent) })
  await client.start()
  return client
}

/** So many requests, each withdrawn again. */
async function flow(agent: AgentClient, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { cancel } = await agent.request(
      'api_call',
      { n: Math.random() },
      { summary: LONG, blocking: false },
    )
    await cancel(LONG)
  }
}

/** In sync, and from then on it leaves everything unread. */
async function deafConsole(server: ServerProcess): Promise<Socket> {
  const socket = io(`${server.url}/operator`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: { token: await server.token('viewer', 'deaf'), protocol: 1 },
  })
  await new Promise((resolve, reject) => {
    socket.once('hello', resolve)
    socket.once('connect_error', reject)
  })
  await socket.emitWithAck('sync', {})
  const { transport } = socket.io.engine as unknown as {
    readonly transport: { readonly ws: { readonly _socket: { pause(): void } } }
  }
  transport.ws._socket.pause()
  return socket
}

async function consoles(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(text.match(/^holdpoint_sockets\{space="\/operator"\} (\d+)$/m)?.[1])
}
