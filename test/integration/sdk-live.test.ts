import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AgentClient,
  type AgentClientOptions,
  AgentStoppedError,
  type Clocks,
  RunHeldError,
  RunSupersededError,
} from '@holdpoint/client'
import { OperatorClient } from '@holdpoint/client/operator'
import { issueToken, startControlPlane, systemClock } from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { controlPlane, type Harness, type TokenOptions } from '../harness/control-plane.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { tapWire } from '../harness/wire-tap.ts'

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 25_000, interval: 10 })

async function agentOf(
  cp: Harness,
  { subject = 'bot', ...who }: Partial<TokenOptions> = {},
  options: Partial<AgentClientOptions> = {},
) {
  const client = new AgentClient({ url: cp.url, token: await cp.token({ subject, ...who }), ...options })
  await client.start()
  return client
}

async function consoleOf(cp: Harness, role: Role = 'admin', subject = 'ana') {
  const client = new OperatorClient({ url: cp.url, token: await cp.token({ subject, role }) })
  await client.ready()
  return client
}

/** The one approval that waits for somebody. */
const waiting = (ana: OperatorClient) =>
  until(() => {
    const [first] = ana.replica.approvals.values()
    if (!first) throw new Error('nothing waits')
    return first
  })

/** Counts how the requests of these names, whichever client of this process sends them, are answered from now on. */
function countAnswers(...names: readonly string[]) {
  const sent = new Map<string, string>()
  const answers: { readonly name: string | undefined; readonly ok: boolean }[] = []
  const end = tapWire(
    (name) => names.includes(name),
    (tapped) => {
      if (tapped.kind === 'sent') sent.set(tapped.exchange, tapped.name)
      else answers.push({ name: sent.get(tapped.exchange), ok: (tapped.answer as { ok: boolean }).ok })
    },
  )
  const count = (name: string, ok: boolean) =>
    answers.filter((one) => one.name === name && one.ok === ok).length
  return { ok: (name: string) => count(name, true), refused: (name: string) => count(name, false), end }
}

/** Clocks of a process whose timers for its own upkeep have stalled. */
const withoutRenewals: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(ms, wake, background) {
    if (background) return () => {}
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

const mail = { to: 'team@example.org', subject: 'Report' }

describe('clients and server: approvals', () => {
  it('[AP9] an action waits for a person, runs once on the approved bytes, and its outcome is seen', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'approver')
    await using bot = await agentOf(cp)
    const running = bot.run('send_email', mail, ({ to }, { id }) => `${id} to ${to}`, { summary: 'weekly' })
    const shown = await waiting(ana)
    expect(shown).toMatchObject({ agent: 'bot', action: 'send_email', level: 'required', summary: 'weekly' })
    expect(bot.canContinue()).toBe(false)
    const detail = await ana.approval(shown.id)
    expect(JSON.parse(detail.canonical)).toEqual({ action: 'send_email', args: mail })
    expect((await ana.approve(detail)).status).toBe('approved')
    const result = await running
    expect(result).toMatchObject({ status: 'done', value: `${shown.id} to ${mail.to}`, reported: true })
    expect(ana.replica.approvals.size).toBe(0)
    const after = await ana.approval(shown.id)
    expect(after).toMatchObject({ outcome: 'success', decidedBy: 'ana' })
    expect(after.stages).toMatchObject({ begun: { by: 'bot' }, reported: { by: 'bot' } })
    await bot.checkpoint()
  })

  it('[AP11] an approval that reached a console is delivered, and one that was displayed is seen', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { id } = await bot.request('send_email', mail)
    await waiting(ana)
    await until(async () => expect((await ana.approval(id)).stages.delivered).toBeDefined())
    ana.seen([id])
    await until(async () => expect((await ana.approval(id)).stages.seen).toMatchObject({ by: 'ana' }))
  })

  it('[AP4] what runs is what the approver made of it', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const running = bot.run('send_email', mail, (args) => args)
    await ana.approve(await waiting(ana), { args: { ...mail, to: 'boss@example.org' } })
    expect(await running).toMatchObject({ status: 'done', value: { ...mail, to: 'boss@example.org' } })
  })

  it('[AP4] a denial comes back with its reason, and nothing is run', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'operator')
    await using bot = await agentOf(cp)
    const act = vi.fn()
    const running = bot.run('send_email', mail, act)
    await ana.deny(await waiting(ana), 'not on a Sunday')
    expect(await running).toMatchObject({ status: 'denied', reason: 'not on a Sunday' })
    expect(act).not.toHaveBeenCalled()
    await bot.checkpoint()
  })

  it('[AP4] a response is a denial with a message', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { decision } = await bot.request('send_email', mail)
    await ana.respond(await waiting(ana), 'ask the team first')
    expect(await decision).toMatchObject({ status: 'denied', response: 'ask the team first' })
  })

  it('[AP7] the same key finds the same request, and an action that was done is not done again', async () => {
    await using cp = await controlPlane()
    await using bot = await agentOf(cp)
    const act = vi.fn(() => 'read')
    const first = await bot.run('read_file', { path: 'a' }, act, { key: 'step-1' })
    const again = await bot.run('read_file', { path: 'a' }, act, { key: 'step-1' })
    expect([first.status, again.status, act.mock.calls.length]).toEqual(['done', 'already_begun', 1])
  })

  it('[AP9] what another process began is not run again: nobody knows how it ended', async () => {
    await using cp = await controlPlane()
    const act = vi.fn()
    const first = await agentOf(cp)
    await first.request('read_file', { path: 'a' }, { key: 'step-1' })
    await first.close()
    await using second = await agentOf(cp, {}, { takeover: true })
    expect(await second.run('read_file', { path: 'a' }, act, { key: 'step-1' })).toMatchObject({
      status: 'unknown_outcome',
    })
    expect(act).not.toHaveBeenCalled()
  })

  it('[AG6] what was asked before a takeover is still decided, and begun by the process that took over', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    const first = await agentOf(cp)
    await first.request('send_email', mail, { key: 'step-1' })
    const shown = await waiting(ana)
    await first.close()
    await using second = await agentOf(cp, {}, { takeover: true })
    expect(second.held?.open.map(({ id }) => id)).toEqual([shown.id])
    const running = second.run('send_email', mail, () => 'sent', { key: 'step-1' })
    await ana.approve(shown)
    expect(await running).toMatchObject({ status: 'done', id: shown.id, value: 'sent' })
  })

  it('[AP7] what is released while the agent is away runs once it is back and asks for the same, without any key', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    const first = await agentOf(cp)
    await first.request('send_email', mail)
    const shown = await waiting(ana)
    await first.close()
    await ana.approve(shown)
    await using second = await agentOf(cp, {}, { takeover: true })
    const ran = await second.run('send_email', mail, () => 'sent')
    expect(ran).toMatchObject({ status: 'done', id: shown.id, value: 'sent' })
    expect(await second.run('read_file', {}, () => 'read')).toMatchObject({ status: 'done' })
  })
})

describe('clients and server: steering', () => {
  it('[AG2] a pause halts and is acknowledged; a resume goes on', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    expect((await ana.pause('bot', 'wait')).results).toMatchObject([
      { agent: 'bot', ok: true, state: 'paused' },
    ])
    await until(() => expect(bot.canContinue()).toBe(false))
    await until(async () =>
      expect((await ana.agent('bot')).agent).toMatchObject({
        state: 'paused',
        acknowledged: { state: 'paused' },
        control: { acknowledged: { by: 'bot' } },
      }),
    )
    const halted = bot.checkpoint()
    await ana.resume('bot')
    await halted
    await until(async () => expect((await ana.agent('bot')).agent.acknowledged?.state).toBe('running'))
  })

  it('[AG3] a stop ends the run, is acknowledged, and locks until somebody reinstates', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const running = bot.run(
      'read_file',
      {},
      (_args, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    running.catch(() => {})
    await until(async () => expect((await ana.approvals({ agent: 'bot' })).approvals).toHaveLength(1))
    await ana.stop('bot', 'enough')
    await expect(running).rejects.toBeInstanceOf(AgentStoppedError)
    await expect(bot.checkpoint()).rejects.toMatchObject({ ended: 'stopped' })
    await until(async () =>
      expect((await ana.agent('bot')).agent).toMatchObject({
        state: 'stopped',
        locked: true,
        control: { wanted: 'stopped', acknowledged: { by: 'bot' } },
      }),
    )
    expect((await ana.approvals({ agent: 'bot' })).approvals).toMatchObject([{ outcome: 'unknown' }])
    await expect(agentOf(cp)).rejects.toMatchObject({ code: 'agent_locked' })
    await ana.reinstate('bot', 'looked into it')
    await using again = await agentOf(cp)
    await again.checkpoint()
  })

  it('[AG7] an order for all holds everybody until it is lifted', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using one = await agentOf(cp, { subject: 'one' })
    await using two = await agentOf(cp, { subject: 'two' })
    const { order } = await ana.pause({ all: true }, 'all hands')
    if (!order) throw new Error('no order was placed')
    await until(() => expect([one.canContinue(), two.canContinue()]).toEqual([false, false]))
    expect((await ana.orders()).map(({ id }) => id)).toEqual([order.id])
    await until(() => expect([...ana.replica.orders.keys()]).toEqual([order.id]))
    const halted = [one.checkpoint(), two.checkpoint()]
    await ana.liftOrder(order.id, 'over')
    await Promise.all(halted)
    await until(() => expect(ana.replica.orders.size).toBe(0))
  })

  it('[AG6] a second process is told that the run is held; with takeover it waits until the first has gone', async () => {
    await using cp = await controlPlane()
    await using first = await agentOf(cp, {}, { leaseMs: 300 })
    const { epoch } = first.held ?? {}
    await expect(agentOf(cp)).rejects.toBeInstanceOf(RunHeldError)
    await using second = new AgentClient({
      url: cp.url,
      token: await cp.token({ subject: 'bot' }),
      takeover: true,
    })
    const order: string[] = []
    const counted = countAnswers('lease.renew', 'run.start')
    const starting = second.start().then(() => order.push('second started'))
    // Four leases long: the first one renews, thrice in each, and so the second is refused again and again.
    await until(() => {
      expect(counted.ok('lease.renew')).toBeGreaterThanOrEqual(12)
      expect(counted.refused('run.start')).toBeGreaterThanOrEqual(2)
    })
    counted.end()
    await first.checkpoint()
    order.push('first closes')
    await first.close()
    await starting
    expect(order).toEqual(['first closes', 'second started'])
    expect(second.held?.id).toBe(first.held?.id)
    expect(second.held?.epoch).not.toBe(epoch)
    await second.checkpoint()
  })

  it('[AG2] [AG6] after a stop that never reached its process, a new one starts once that one has certainly halted', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using wire = await swallowingProxy(Number(new URL(cp.url).port))
    await using first = new AgentClient({
      url: wire.url,
      token: await cp.token({ subject: 'bot' }),
      leaseMs: 3_000,
    })
    await first.start()
    wire.swallow('both')
    await ana.stop('bot', 'enough')
    await ana.reinstate('bot', 'go on')
    expect(first.canContinue()).toBe(true)
    // it is no longer a run that could be taken over, and yet its process may still act
    const raw = await cp.agentSocket({ subject: 'bot' })
    const early = await raw.request('run.start', { key: 'early', instance: 'instance-raw' })
    expect(early).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(early.error?.details).toEqual({ retryAfterMs: expect.any(Number) })

    await using second = await agentOf(cp)
    expect(first.canContinue()).toBe(false)
    await second.checkpoint()
    expect((await ana.agent('bot')).agent).toMatchObject({ state: 'running', run: { id: second.held?.id } })
    wire.heal()
    await until(() => expect(first.signal.aborted).toBe(true))
    await second.checkpoint()
  })

  it('[AG4] [AG6] a process that stopped renewing halts by itself, is taken over, and never takes back', async () => {
    await using cp = await controlPlane()
    await using first = await agentOf(cp, {}, { leaseMs: 300, clocks: withoutRenewals })
    await until(() => expect(first.canContinue()).toBe(false))
    await using second = await agentOf(cp, {}, { takeover: true })
    await until(() => expect(first.signal.aborted).toBe(true))
    await expect(first.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
    await second.checkpoint()
    expect(second.connection).toBe('live')
  })

  it('[IN2] an instruction reaches the agent once, and its answer reaches the operator', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    await ana.inject('bot', 'skip the archive', { folder: 'old' })
    for await (const instruction of bot.instructions()) {
      expect(instruction).toMatchObject({ text: 'skip the archive', data: { folder: 'old' }, by: 'ana' })
      await instruction.declined('it is empty')
      break
    }
    await until(async () =>
      expect((await ana.history({ agent: 'bot', type: 'instruction.declined' })).events).toMatchObject([
        { by: 'bot', data: { instruction: { note: 'it is empty' } } },
      ]),
    )
  })

  it('[IN2] a paused agent is handed nothing until it resumes, and what it then says of earlier ones counts', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const given = bot.instructions()
    await ana.inject('bot', 'first')
    const { value: first } = await given.next()
    await ana.inject('bot', 'second')
    await ana.pause({ agent: 'bot' }, 'Wait.')
    await until(() => expect(bot.state).toBe('paused'))
    await ana.inject('bot', 'third')
    let handed: string | undefined
    const next = given.next().then(({ value }) => {
      handed = value.text
      return value
    })
    let answered = false
    const applied = first.applied().then(() => {
      answered = true
    })
    // whatever was on its way has come by the time that a later word of the server has
    expect(await bot.request('read_file', { path: 'a' }, { blocking: false })).toMatchObject({
      verdict: 'wait',
    })
    expect({ handed, answered }).toEqual({ handed: undefined, answered: false })
    await ana.resume({ agent: 'bot' })
    expect((await next).text).toBe('second')
    expect((await given.next()).value.text).toBe('third')
    await applied
    expect((await ana.history({ agent: 'bot', type: 'instruction.applied' })).events).toHaveLength(1)
  })

  it('[ES5] a question blocks, and its answer comes back typed', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const asking = bot.ask('How many?', {
      schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    })
    const ticket = await until(() => {
      const [first] = ana.replica.tickets.values()
      if (!first) throw new Error('no question yet')
      return first
    })
    await until(() => expect(bot.state).toBe('awaiting_input'))
    await expect(ana.answer(ticket.id, { n: 'x' })).rejects.toMatchObject({ code: 'invalid' })
    await ana.answer(ticket.id, { n: 3 })
    expect(await asking).toMatchObject({ status: 'answered', answer: { n: 3 } })
    await bot.checkpoint()
  })

  it('[ES1] [ES3] an escalation opens a ticket, and its advice comes back', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { raised, ticket, settled } = await bot.escalate('high_risk', { plan: 'drop it' }, { risk: 0.9 })
    if (!ticket) throw new Error('no ticket')
    expect(raised).toBe(true)
    await ana.acknowledge(ticket.id)
    await ana.assign(ticket.id, 'ana')
    await ana.resolve(ticket.id, {
      resolution: 'read first',
      action: { action: 'read_file', args: { path: 'x' } },
    })
    expect(await settled).toMatchObject({
      status: 'resolved',
      action: { action: 'read_file', args: { path: 'x' } },
    })
    expect((await bot.escalate('uncertainty', null, { confidence: 0.9 })).raised).toBe(false)
    expect(await bot.check('which table to drop', 0.9)).toBe(false)
    expect(await bot.check('which table to drop', 0.29, { tables: ['a', 'b'] })).toBe(true)
  })

  it('shows agents, their progress, history and policy', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'viewer')
    await using bot = await agentOf(cp, { labels: { team: 'ops' } }, { name: 'Tidy', task: 'tidy up' })
    await bot.checkpoint()
    expect((await ana.agents({ labels: 'team=ops' })).agents).toMatchObject([{ id: 'bot', name: 'Tidy' }])
    expect(await ana.watchAgents(['bot'])).toMatchObject([{ connected: true, task: 'tidy up' }])
    bot.progress({ step: '2 of 3', message: 'sorting' })
    await until(() => expect(ana.replica.agents.get('bot')?.progress).toMatchObject({ step: '2 of 3' }))
    const types: string[] = []
    for await (const { type } of ana.historyEvents({ agent: 'bot', limit: 1 })) types.push(type)
    expect(types).toContain('agent.started')
    expect((await ana.policy()).version).toBe('built-in-1')
    expect(Math.abs(ana.serverNow() - Date.now())).toBeLessThan(1_000)
    await expect(ana.pause('bot', 'x')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('[ID3] a revoked token ends the agent’s connection, and the agent with it', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    await ana.revokeToken({ subject: 'bot' }, 'lost laptop')
    await until(() => expect(bot.signal.aborted).toBe(true))
    await expect(bot.checkpoint()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('[ID3] a token is renewed before it expires, without a break', async () => {
    await using cp = await controlPlane()
    let fetched = 0
    const token = () => {
      fetched += 1
      return cp.token({ subject: 'bot', ttlMs: fetched === 1 ? 2_500 : HOUR })
    }
    await using bot = new AgentClient({ url: cp.url, token })
    await bot.start()
    const until2 = performance.now() + 3_500
    let broke = false
    while (performance.now() < until2) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (bot.connection !== 'live') broke = true
    }
    expect([fetched, broke]).toEqual([2, false])
  })
})

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
})
