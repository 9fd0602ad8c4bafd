import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AgentClient, RunSupersededError } from '@holdpoint/client'
import { OperatorClient } from '@holdpoint/client/operator'
import { issueToken, startControlPlane, systemClock } from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { serverProcess } from '../harness/server-process.ts'
import { consoleOf, mail, until, waiting } from './sdk-live-clients.ts'

/** A wire that can be cut: everything through it breaks at once, without a word. */
async function cuttable(url: string) {
  const { hostname, port } = new URL(url)
  const ends = new Set<Socket>()
  let connections = 0
  const proxy = createServer((near) => {
    connections += 1
    const far = connect(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        ends.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const end of ends) end.destroy()
  }
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

describe('clients and server: a wire that breaks', () => {
  it('[AP7] [AP9] [PR2] however often it breaks, each action runs once and is reported once', async () => {
    await using cp = await controlPlane()
    await using wire = await cuttable(cp.url)
    await using ana = await consoleOf(cp)
    await using bot = new AgentClient({ url: wire.url, token: await cp.token({ subject: 'bot' }) })
    await bot.start()
    const ran: number[] = []
    let over = false
    const breaking = (async () => {
      // Every third answer or so is lost, at whatever moment that is.
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, 40 + ran.length))
        wire.cut()
      }
    })()
    const chains = Array.from({ length: 6 }, async (_, chain) => {
      for (let step = 0; step < 6; step++) {
        const n = chain * 6 + step
        const result = await bot.run('read_file', { n }, (args) => void ran.push(args.n))
        expect(result).toMatchObject({ status: 'done', reported: true })
      }
    })
    await Promise.all(chains)
    over = true
    await breaking
    expect(wire.connections).toBeGreaterThan(3)
    expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 36 }, (_, n) => n))
    const types: string[] = []
    for await (const { type } of ana.historyEvents({ agent: 'bot', limit: 100 })) types.push(type)
    expect(types.filter((type) => type === 'approval.auto_approved')).toHaveLength(36)
    expect(types.filter((type) => type === 'action.reported')).toHaveLength(36)
  })
})

describe('clients and server: a restart', () => {
  it('[AG5] [PR1] [AP7] agent and console come back by themselves, and what was asked is still decided', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-sdk-'))
    const start = (port: number) =>
      startControlPlane({
        dataFolder: folder,
        host: '127.0.0.1',
        port,
        origins: [],
        logLevel: 'silent',
        nodeName: 'test',
      })
    let server = await start(0)
    const url = server.address
    const token = async (subject: string, role: Role) => {
      const issued = await issueToken(server.keys, {
        tenant: 'default',
        subject,
        role,
        ttlMs: HOUR,
        clock: systemClock,
      })
      if (!issued.ok) throw new Error(issued.error.message)
      return issued.value
    }
    try {
      await using ana = new OperatorClient({ url, token: await token('ana', 'admin') })
      await ana.ready()
      await using bot = new AgentClient({ url, token: await token('bot', 'agent'), leaseMs: 1_500 })
      await bot.start()
      const running = bot.run('send_email', mail, () => 'sent')
      const shown = await waiting(ana)
      await server.close({ reconnectAfterMs: 50 })
      await until(() =>
        expect([bot.connection, ana.connection.status]).toEqual(['reconnecting', 'reconnecting']),
      )
      const epoch = bot.held?.epoch
      server = await start(Number(new URL(url).port))
      await until(() => expect([bot.connection, ana.connection.status]).toEqual(['live', 'live']))
      await ana.approve(shown)
      expect(await running).toMatchObject({ status: 'done', value: 'sent', reported: true })
      expect(bot.held?.epoch).toBe(epoch)
      await bot.complete()
      await expect(bot.checkpoint()).rejects.not.toBeInstanceOf(RunSupersededError)
    } finally {
      await server.close()
      await rm(folder, { recursive: true })
    }
  })

  it('[PR4] a console says within seconds that a frozen server gives no sign of life, and is live once it does', async () => {
    await using server = await serverProcess()
    await server.start()
    await using ana = new OperatorClient({ url: server.url, token: await server.token('viewer', 'ana') })
    await ana.ready()
    const told: string[] = []
    ana.onChange((change) => change.kind === 'connection' && told.push(change.connection.status))
    const frozenAt = Date.now()
    process.kill(server.pid, 'SIGSTOP')
    try {
      await until(() => expect(ana.connection.status).toBe('silent'))
      // what is shown is as of when it was last heard
      expect(ana.connection.since).toBeLessThan(frozenAt + 1_000)
    } finally {
      process.kill(server.pid, 'SIGCONT')
    }
    await until(() => expect(ana.connection.status).toBe('live'))
    expect(told).toEqual(['silent', 'live'])
  })
})
