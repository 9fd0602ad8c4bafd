import {
  ActionFailure,
  AgentClient,
  type AgentClientOptions,
  AgentStoppedError,
  HoldpointError,
  RunHeldError,
  RunSupersededError,
} from '@holdpoint/client'
import { canonicalAction, newId, refusal } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { EPOCH, no, RUN, requestAnswer, type ScriptedServer, scriptedServer } from './sdk-scripted-server.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 25_000, interval: 5 })

const connect = ({ url }: ScriptedServer, options: Partial<AgentClientOptions> = {}) =>
  new AgentClient({ url, token: 'token', ...options })

/** A started client that is closed at the end of its test. */
async function started(server: ScriptedServer, options?: Partial<AgentClientOptions>) {
  const client = connect(server, options)
  await client.start()
  return client
}

const canonicalOf = (action: string, args: unknown) => {
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  return bytes.value
}

const view = (id: string, status: string, more: object = {}) =>
  ({ id, status, stages: { queued: { at: '' } }, ...more }) as never

/** A server whose `pay` is approved by hand. */
function approvals(server: ScriptedServer) {
  const id = newId()
  const asked = canonicalOf('pay', { amount: 10 })
  server.answer('action.request', ({ action, args }) => requestAnswer(action as string, args, 'wait', id))
  server.answer('action.begin', () => ({ canonical: asked.canonical }))
  return {
    id,
    ...asked,
    settle: (status: string, more: object = {}) =>
      server.push([{ type: 'approval.settled', data: view(id, status, { digest: asked.digest, ...more }) }]),
  }
}

describe('agent client: start', () => {
  it('[AG] starts a run and passes its checkpoint', async () => {
    await using server = await scriptedServer()
    await using client = await started(server, { task: 'tidy up' })
    expect(client.held).toMatchObject({ id: RUN, epoch: EPOCH, agent: 'bot' })
    expect([client.state, client.connection, client.canContinue()]).toEqual(['running', 'live', true])
    await client.checkpoint()
    expect(server.payloads('run.start')[0]).toMatchObject({ task: 'tidy up' })
  })

  it('[AG6] an unfinished run elsewhere is a typed error that says what to do', async () => {
    await using server = await scriptedServer()
    server.answer('run.start', () => no('conflict', { run: { id: RUN } }))
    await using client = connect(server)
    const error = await client.start().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RunHeldError)
    expect(error).toMatchObject({ run: RUN, code: 'conflict' })
    expect((error as Error).message.match(/unfinished run/g)).toHaveLength(1)
    expect((error as Error).message).toContain('takeover: true')
  })

  it.each([
    [{ token: '' }, 'unauthenticated', /token is empty.*holdpoint token create/],
    [{ token: undefined as never }, 'unauthenticated', /token is empty/],
    [{ url: 'localhost:7411' }, 'invalid', /"localhost:7411" is not an address/],
    [{ lease: 5 } as never, 'invalid', /AgentClient has no option "lease"; it has url, token,.* leaseMs/],
  ])('refuses %j when it is made', (options, code, message) => {
    const make = () => new AgentClient({ url: 'http://127.0.0.1:1', token: 'token', ...options })
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  it('[ID4] refuses options that nobody reads by name', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const misspelt = { timeout: 5 } as never
    const act = vi.fn()
    for (const [call, name] of [
      [client.ask('How?', misspelt), 'ask()'],
      [client.escalate('uncertainty', {}, misspelt), 'escalate()'],
      [client.request('pay', {}, misspelt), 'request()'],
      [client.run('pay', {}, act, misspelt), 'run()'],
    ] as const)
      await expect(call).rejects.toThrow(`${name} has no option "timeout"; it has `)
    expect(act).not.toHaveBeenCalled()
    for (const event of ['question.ask', 'escalation.raise', 'action.request'] as const)
      expect(server.payloads(event)).toEqual([])
  })

  it('[AG6] with takeover it waits for the other lease as long as told, then goes on with the run', async () => {
    await using server = await scriptedServer()
    server.answer('run.start', (_payload, count) =>
      count === 1 ? no('conflict', { retryAfterMs: 120 }) : startAnswer(),
    )
    const begun = performance.now()
    await using client = connect(server, { takeover: true })
    await client.start()
    expect(performance.now() - begun).toBeGreaterThanOrEqual(115)
    const [first, second] = server.payloads('run.start')
    expect(first?.takeover).toBe(true)
    expect(second).toEqual(first)
  })

  it('[AG6] asks for its start under one key until it has it: an earlier try may still be carried out', async () => {
    await using server = await scriptedServer()
    server.answer('run.start', (_payload, count) => {
      if (count === 1) return no('unavailable', {})
      return count <= 3 ? no('conflict', { retryAfterMs: 1 }) : startAnswer()
    })
    await using client = connect(server, { takeover: true })
    await client.start()
    const keys = server.payloads('run.start').map(({ key }) => key)
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(1)
  })

  it('[AG6] a takeover of a run that is not there is refused at once', async () => {
    await using server = await scriptedServer()
    server.answer('run.start', () => no('conflict', { run: { id: RUN } }))
    await using client = connect(server, { takeover: true, run: newId() })
    await expect(client.start()).rejects.toBeInstanceOf(RunHeldError)
    expect(server.payloads('run.start')).toHaveLength(1)
  })

  it('[PR6] waits for a control plane that is not there, until its signal aborts', async () => {
    const client = new AgentClient({ url: 'http://127.0.0.1:9', token: 'token' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const starting = client.start({ signal: controller.signal })
    controller.abort(reason)
    await expect(starting).rejects.toBe(reason)
    expect([client.connection, client.canContinue()]).toEqual(['closed', false])
  })

  it('[ID1] a refused fixed token ends in a typed error, a refused fetched one is fetched anew', async () => {
    await using server = await scriptedServer()
    server.refuseHandshake(refusal('unauthenticated'))
    await expect(connect(server).start()).rejects.toMatchObject({ code: 'unauthenticated' })
    let fetched = 0
    await using client = connect(server, {
      token: async () => {
        fetched += 1
        if (fetched === 2) server.refuseHandshake(undefined)
        return `token-${fetched}`
      },
    })
    await client.start()
    expect(server.tokens).toEqual(['token', 'token-1', 'token-2'])
  })

  it('[ID1] a role that may not be here is final, whatever the token', async () => {
    await using server = await scriptedServer()
    server.refuseHandshake(refusal('forbidden'))
    await expect(connect(server, { token: async () => 't' }).start()).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

const startAnswer = () => ({
  agent: { id: 'bot', labels: {}, seq: 10 },
  run: { id: RUN, epoch: EPOCH },
  open: [],
  instructions: [],
  leaseMs: 15_000,
})

describe('agent client: gate and lease', () => {
  it('[AG2] [AG3] a pause closes the gate, is acknowledged, and a resume opens it', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.stands.ttlMs = 0
    server.push([], { state: 'paused' })
    await until(() => expect(client.canContinue()).toBe(false))
    await until(() =>
      expect(server.payloads('control.ack')).toEqual([{ epoch: EPOCH, seq: 11, state: 'paused' }]),
    )
    const waiting = client.checkpoint()
    server.stands.ttlMs = 15_000
    server.push([], { state: 'running' })
    await waiting
    await until(() => expect(server.payloads('control.ack')).toHaveLength(2))
    expect(server.payloads('control.ack')[1]).toEqual({ epoch: EPOCH, seq: 12, state: 'running' })
  })

  it('[AG2] what only moves between running and awaiting input is not acknowledged', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([], { state: 'awaiting_input' })
    await until(() => expect(client.state).toBe('awaiting_input'))
    server.push([], { state: 'running' })
    await client.checkpoint()
    expect(server.payloads('control.ack')).toEqual([])
  })

  it('[AG3] a stop throws at the checkpoint, fires the signal, ends what is pending, and is acknowledged', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const { decision } = await client.request('pay', { amount: 10 })
    server.push([], { state: 'stopped' })
    await expect(decision).rejects.toBeInstanceOf(AgentStoppedError)
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'stopped', code: 'agent_stopped' })
    expect(client.signal.reason).toBeInstanceOf(AgentStoppedError)
    await expect(client.request('pay', { amount: 1 })).rejects.toBeInstanceOf(AgentStoppedError)
    await until(() =>
      expect(server.payloads('control.ack')).toEqual([{ epoch: EPOCH, seq: 11, state: 'stopped' }]),
    )
    expect(gate.id).toBeTruthy()
  })

  it('[AG4] [AG5] without answers the lease runs out and halts; when they come again it goes on by itself', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 600
    await using client = await started(server)
    server.answer('lease.renew', () => 'silence')
    await until(() => expect(client.canContinue()).toBe(false))
    expect([client.state, client.signal.aborted]).toEqual(['running', false])
    const waiting = client.checkpoint()
    server.answer('lease.renew', () => ({ missed: [] }))
    await waiting
    expect(client.canContinue()).toBe(true)
  })

  it('[AG4] is renewed every third of its length', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 300
    await using client = await started(server)
    await until(() => expect(server.payloads('lease.renew').length).toBeGreaterThanOrEqual(5))
    expect(client.canContinue()).toBe(true)
  })

  it('[AG4] granted nothing though it should run, it asks at a steady pace, not as fast as it is answered', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.stands.ttlMs = 0
    server.push([], { state: 'paused' })
    await until(() => expect(client.state).toBe('paused'))
    server.push([], { state: 'running' })
    await until(() => expect(server.payloads('lease.renew')).toHaveLength(1))
    const since = performance.now()
    const waiting = client.checkpoint()
    await until(() => expect(server.payloads('lease.renew').length).toBeGreaterThanOrEqual(3))
    expect(performance.now() - since).toBeGreaterThan(900)
    server.stands.ttlMs = 15_000
    await waiting
  })

  it('[AG4] a server that no longer knows who speaks on this connection is told by a resume', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 300
    await using client = await started(server)
    server.answer('lease.renew', () =>
      server.payloads('run.resume').length ? { missed: [] } : no('conflict'),
    )
    await until(() => expect(server.payloads('run.resume')).toHaveLength(1))
    await client.checkpoint()
    expect(server.connections).toBe(1)
  })

  it('[AG7] an order that covers the agent closes the gate first, and asks then', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    let answer: (value: Record<string, unknown>) => void = () => {}
    server.answer(
      'lease.renew',
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    server.emit('order', { id: newId(), effect: 'pause', selector: { labels: 'team=ops' }, lifted: false })
    await until(() => expect(server.payloads('lease.renew')).toHaveLength(1))
    expect(client.canContinue()).toBe(false)
    answer({ missed: [] })
    await client.checkpoint()
  })

  it.each([
    ['another team', { labels: 'team=payments' }, { goesOn: true, aborted: false }],
    ['another agent', { agent: 'other' }, { goesOn: true, aborted: false }],
    ['its parent with children', { agent: 'bo', children: true }, { goesOn: true, aborted: false }],
    ['itself', { agent: 'bot' }, { goesOn: false, aborted: true }],
    ['all', { all: true }, { goesOn: false, aborted: true }],
    ['a selector that can not be judged', { region: 'eu' }, { goesOn: false, aborted: false }],
  ])('[AG7] [AG3] an order to stop %s', async (_whom, selector, { goesOn, aborted }) => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('lease.renew', () => 'silence')
    server.emit('order', { id: newId(), effect: 'stop', selector, lifted: false })
    // Comes after the order, on the same connection: once it is here, the order was heard.
    server.push([{ type: 'autonomy.changed', data: { trust: 0.9 } as never }])
    await until(() => expect(client.autonomy?.trust).toBe(0.9))
    expect(client.canContinue()).toBe(goesOn)
    await until(() => expect(client.signal.aborted).toBe(aborted))
  })

  it('[AG7] an order to stop that was lifted before it came to this agent still ends what it aborted', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.emit('order', { id: newId(), effect: 'stop', selector: { all: true }, lifted: false })
    await until(() => expect(client.signal.aborted).toBe(true))
    await expect(client.checkpoint()).rejects.toBeInstanceOf(AgentStoppedError)
  })

  it('[AG6] superseded, it halts for good and never takes back', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([{ type: 'run.superseded', data: { epoch: EPOCH } }])
    await until(() => expect(client.signal.aborted).toBe(true))
    await expect(client.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
    await until(() => expect(server.open).toBe(0))
    expect([server.connections, server.payloads('run.start').length]).toEqual([1, 1])
  })

  it('[AG6] a stale epoch in any answer is the same', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('action.request', () => no('stale_epoch'))
    await expect(client.request('pay', {})).rejects.toMatchObject({ code: 'stale_epoch' })
    await expect(client.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
  })
})

describe('agent client: connection', () => {
  it('[AP7] what has no answer is asked again under the same key after a resume, in order', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('action.request', () => 'silence')
    const asked = ['one', 'two', 'three'].map((summary) => client.request('read', {}, { summary }))
    await until(() => expect(server.payloads('action.request')).toHaveLength(3))
    server.answer('action.request', ({ action, args }) => requestAnswer(action as string, args, 'go'))
    server.cut()
    await Promise.all(asked)
    const all = server.payloads('action.request')
    expect(all.slice(3)).toEqual(all.slice(0, 3))
    const order = server.heard.map(({ event }) => event).filter((event) => /^(run|action)/.test(event))
    expect(order).toEqual([
      'run.start',
      ...Array(3).fill('action.request'),
      'run.resume',
      ...Array(3).fill('action.request'),
    ])
    expect(server.payloads('run.resume')[0]).toMatchObject({ run: RUN, epoch: EPOCH, after: 10 })
  })

  it('[PR4] what was pushed while it was away comes with the resume, each once', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const instruction = (id: string) =>
      ({
        type: 'instruction',
        data: { id, text: id, by: 'ana', at: '', status: 'queued', agent: 'bot' },
      }) as const
    server.push([instruction('i1')])
    server.push([instruction('i2')], { lose: true })
    server.cut()
    server.push([instruction('i3')], { lose: true })
    await until(() => expect(server.payloads('run.resume')).toHaveLength(1))
    await until(() => expect(client.connection).toBe('live'))
    // The server tells what it knows again: none comes twice.
    server.emit('push', { seq: 12, at: '', state: 'running', items: [instruction('i2')] })
    server.push([instruction('i1'), instruction('i4')])
    const read: string[] = []
    for await (const { id } of client.instructions()) {
      read.push(id)
      if (id === 'i4') break
    }
    expect(read).toEqual(['i1', 'i2', 'i3', 'i4'])
  })

  it('[PR4] a gap in what is pushed is asked for', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([{ type: 'autonomy.changed', data: { trust: 0.7 } as never }], { lose: true })
    server.push([])
    await until(() => expect(client.autonomy?.trust).toBe(0.7))
    expect(server.payloads('lease.renew')[0]).toMatchObject({ after: 10 })
  })

  it('[PR4] an answer with a higher seq shows a gap too', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([{ type: 'autonomy.changed', data: { trust: 0.7 } as never }], { lose: true })
    await client.request('read', {})
    await until(() => expect(client.autonomy?.trust).toBe(0.7))
  })

  it('[PR4] a gap larger than what is kept at hand is resumed over, on the same connection', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('lease.renew', () => ({ missed: [] }))
    server.push([{ type: 'autonomy.changed', data: { trust: 0.7 } as never }], { lose: true })
    server.push([])
    await until(() => expect(client.autonomy?.trust).toBe(0.7))
    expect([server.connections, server.payloads('run.resume').length]).toEqual([1, 1])
  })

  it('[AG3] a run that is gone after a reconnect stops the agent', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('run.resume', () => no('not_found'))
    server.cut()
    await until(() => expect(client.signal.aborted).toBe(true))
    await expect(client.checkpoint()).rejects.toMatchObject({ name: 'AgentStoppedError', ended: 'lost' })
  })

  it('[PR2] a refused moment is asked again under the same key until it passes', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const codes = ['unavailable', 'unknown', 'internal', 'rate_limited'] as const
    server.answer('action.request', ({ action, args }, count) => {
      const code = codes[count - 1]
      return code ? no(code) : requestAnswer(action as string, args, 'go')
    })
    await client.request('read', {})
    expect(new Set(server.payloads('action.request').map(({ key }) => key)).size).toBe(1)
    expect(server.payloads('action.request')).toHaveLength(5)
  })

  it('comes back elsewhere when the server drains, not before it is asked to', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const at = performance.now()
    server.emit('server.draining', { reconnectAfterMs: 150 })
    await until(() => expect(server.connections).toBe(2))
    expect(performance.now() - at).toBeGreaterThanOrEqual(145)
    await client.checkpoint()
  })

  it('[ID4] is not thrown by garbage, and says so', async () => {
    await using server = await scriptedServer()
    const warnings: string[] = []
    await using client = await started(server, { logger: { warn: (message) => void warnings.push(message) } })
    for (const garbage of [
      null,
      7,
      'x',
      [],
      {},
      { seq: 'x', state: 'running' },
      { seq: 11, state: 'asleep' },
    ])
      server.emit('push', garbage)
    server.emit('order', null)
    server.emit('a.newer.event', { nested: { deep: true } })
    server.push([
      { type: 'a.newer.item', data: {} } as never,
      null as never,
      { type: 'instruction' } as never,
    ])
    server.push([{ type: 'autonomy.changed', data: { trust: 0.8 } as never }])
    await until(() => expect(client.autonomy?.trust).toBe(0.8))
    expect(warnings).toContain('ignored a push that is none')
    await client.checkpoint()
  })

  it('[AP10] an oversize message is refused before it is sent, and breaks nothing', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const huge = 'x'.repeat(1024 * 1024)
    await expect(client.request('read', { huge })).rejects.toMatchObject({ code: 'too_large' })
    await expect(client.escalate('anomaly', { huge })).rejects.toMatchObject({ code: 'too_large' })
    await expect(client.request('read', { n: 2n })).rejects.toMatchObject({ code: 'invalid' })
    await client.checkpoint()
    expect(server.payloads('action.request')).toEqual([])
  })

  it('[ID3] refreshes a token before it expires, on the connection it has', async () => {
    await using server = await scriptedServer()
    let fetched = 0
    const token = async () => {
      fetched += 1
      const exp = Math.floor(Date.now() / 1_000) + (fetched === 1 ? 2 : 3_600)
      return `e30.${btoa(JSON.stringify({ exp, n: fetched }))}.x`
    }
    await using client = await started(server, { token })
    await until(() => expect(server.payloads('auth.refresh')).toHaveLength(1))
    expect([server.connections, fetched]).toEqual([1, 2])
    await client.checkpoint()
  })

  it('[AG6] a clean exit gives the lease back and leaves the run unfinished', async () => {
    await using server = await scriptedServer()
    const client = await started(server)
    await client.close()
    expect(server.payloads('lease.release')).toEqual([{ epoch: EPOCH }])
    expect(server.payloads('run.complete')).toEqual([])
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'closed' })
  })

  it('[AG] complete ends the run', async () => {
    await using server = await scriptedServer()
    server.answer('run.complete', () => {
      server.push([], { state: 'stopped' })
      return {}
    })
    await using client = await started(server)
    await client.complete({ found: 3 })
    expect(server.payloads('run.complete')[0]).toMatchObject({ epoch: EPOCH, result: { found: 3 } })
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'completed' })
  })
})

describe('agent client: actions', () => {
  it('[AP9] what may go is run on the approved bytes, once, and reported', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const args = { path: 'a', list: [1] }
    const running = client.run('read', args, (given, { digest, id }) => ({ given, digest, id }))
    args.list.push(2)
    const result = await running
    if (result.status !== 'done') throw new Error(result.status)
    expect(result.value.given).toEqual({ path: 'a', list: [1] })
    expect(result.value.digest).toBe(canonicalOf('read', { path: 'a', list: [1] }).digest)
    expect(server.payloads('action.begin')).toEqual([])
    expect(server.payloads('action.report')[0]).toMatchObject({
      id: result.id,
      outcome: 'success',
      epoch: EPOCH,
    })
    expect(result.reported).toBe(true)
  })

  it('[AP9] what a person released is begun first, and then run', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const running = client.run('pay', { amount: 10 }, ({ amount }) => `paid ${amount}`)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    expect(await running).toMatchObject({ status: 'done', value: 'paid 10' })
    expect(server.payloads('action.begin')[0]).toMatchObject({
      id: gate.id,
      digest: gate.digest,
      epoch: EPOCH,
    })
  })

  it('[AP4] edited arguments are the ones that run', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    const edited = canonicalOf('pay', { amount: 5 })
    server.answer('approval.get', () => ({
      approval: { ...(view(gate.id, 'approved') as object), ...edited },
    }))
    server.answer('action.begin', () => ({ canonical: edited.canonical }))
    await using client = await started(server)
    const running = client.run('pay', { amount: 10 }, ({ amount }) => amount)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved', { digest: edited.digest })
    expect(await running).toMatchObject({ status: 'done', value: 5, digest: edited.digest })
    expect(server.payloads('action.begin')[0]).toMatchObject({ digest: edited.digest })
  })

  it('[AP9] bytes that are not the approved ones are never run', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('action.begin', () => ({ canonical: canonicalOf('pay', { amount: 10_000 }).canonical }))
    await using client = await started(server)
    const act = vi.fn()
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    await expect(running).rejects.toMatchObject({ code: 'internal' })
    expect(act).not.toHaveBeenCalled()
    expect(server.payloads('action.report')[0]).toMatchObject({ outcome: 'failure', severity: 0 })
  })

  it('[AP9] a server that shows other bytes than were asked for is not believed', async () => {
    await using server = await scriptedServer()
    server.answer('action.request', () => requestAnswer('pay', { amount: 9 }, 'go'))
    await using client = await started(server)
    await expect(client.request('pay', { amount: 10 })).rejects.toMatchObject({ code: 'internal' })
  })

  it.each([
    ['denied', { reason: 'too much' }, { status: 'denied', reason: 'too much' }],
    [
      'denied',
      { response: 'use the other account' },
      { status: 'denied', response: 'use the other account' },
    ],
    ['expired', {}, { status: 'expired' }],
    ['cancelled', {}, { status: 'cancelled' }],
  ])('[AP4] %s is returned, never thrown', async (status, more, expected) => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const act = vi.fn()
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle(status, more)
    expect(await running).toMatchObject({ id: gate.id, ...expected })
    expect(act).not.toHaveBeenCalled()
  })

  it('[PO2] what policy forbids is returned with its reason', async () => {
    await using server = await scriptedServer()
    server.answer('action.request', ({ action, args }) => ({
      ...requestAnswer(action as string, args, 'refused'),
      code: 'not_permitted',
      reason: 'never on a Friday',
    }))
    await using client = await started(server)
    const { verdict, decision } = await client.request('deploy', {})
    expect(verdict).toBe('refused')
    expect(await decision).toMatchObject({
      status: 'refused',
      code: 'not_permitted',
      reason: 'never on a Friday',
    })
  })

  it('[AP9] begun by another process: a typed result, and no second run', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('action.begin', () => no('unknown_outcome', { standing: view(gate.id, 'approved') }))
    await using client = await started(server)
    const act = vi.fn()
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    expect(await running).toMatchObject({ status: 'unknown_outcome', id: gate.id })
    expect(act).not.toHaveBeenCalled()
    server.answer('action.request', () => no('unknown_outcome', { standing: view(gate.id, 'auto_approved') }))
    expect(await client.run('read', {}, act, { key: 'k' })).toMatchObject({
      status: 'unknown_outcome',
      id: gate.id,
    })
  })

  it('[AP7] two callers folded into one action run it once', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const act = vi.fn()
    const both = [client.run('pay', { amount: 10 }, act), client.run('pay', { amount: 10 }, act)]
    await until(() => expect(server.payloads('action.request')).toHaveLength(2))
    gate.settle('approved')
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual(['already_begun', 'done'])
    expect(act).toHaveBeenCalledOnce()
    expect(server.payloads('action.begin')).toHaveLength(1)
  })

  it('[AP7] a repeated answer is not believed to be today’s: where it stands now is asked', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('action.request', ({ action, args }) => ({
      ...requestAnswer(action as string, args, 'wait', id),
      replayed: true,
    }))
    server.answer('approval.get', () => ({ approval: view(id, 'denied', { reason: 'meanwhile' }) }))
    await using client = await started(server)
    const { decision } = await client.request('pay', {}, { key: 'mine' })
    expect(await decision).toMatchObject({ status: 'denied', reason: 'meanwhile' })
  })

  it('[AP7] an action that was reported before is not run again', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('action.request', ({ action, args }) => ({
      ...requestAnswer(action as string, args, 'go', id),
      replayed: true,
    }))
    const reported = view(id, 'auto_approved', { outcome: 'success', stages: { reported: { at: '' } } })
    server.answer('approval.get', () => ({ approval: reported }))
    await using client = await started(server)
    const act = vi.fn()
    expect(await client.run('read', {}, act, { key: 'mine' })).toMatchObject({
      status: 'already_begun',
      outcome: 'success',
    })
    expect(act).not.toHaveBeenCalled()
  })

  it('[PO1] paused between release and begin, it waits and begins on resume', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('action.begin', () => {
      if (server.stands.state === 'paused') return no('paused')
      return { canonical: gate.canonical }
    })
    await using client = await started(server)
    const act = vi.fn(() => 'done')
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    // The push of the pause is lost: only the refusal tells.
    server.push([{ type: 'approval.settled', data: view(gate.id, 'approved', { digest: gate.digest }) }])
    server.push([], { state: 'paused', lose: true })
    await until(() => expect(client.state).toBe('paused'))
    expect(act).not.toHaveBeenCalled()
    server.push([], { state: 'running' })
    expect(await running).toMatchObject({ status: 'done' })
    expect(new Set(server.payloads('action.begin').map(({ key }) => key)).size).toBe(1)
  })

  it.each([
    ['expired', 'expired'],
    ['not_permitted', 'refused'],
    ['not_released', 'refused'],
  ] as const)('[AP9] a begin refused as %s is returned as %s', async (code, status) => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('action.begin', () => no(code))
    await using client = await started(server)
    const act = vi.fn()
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    expect(await running).toMatchObject({ status, code })
    expect(act).not.toHaveBeenCalled()
  })

  it('[AG4] a lease that is gone between begin and act holds the act back until there is one', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    server.answer('action.begin', () => ({ canonical: gate.canonical, ttlMs: 0 }))
    server.answer('lease.renew', () => 'silence')
    const act = vi.fn(() => client.canContinue())
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    await until(() => expect(server.payloads('lease.renew')).toHaveLength(1))
    expect([act.mock.calls.length, client.canContinue()]).toEqual([0, false])
    server.answer('lease.renew', () => ({ missed: [] }))
    server.cut()
    expect(await running).toMatchObject({ status: 'done', value: true })
  })

  it('[AG3] stopped between begin and act, it is not run, and says so', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    server.answer('action.begin', () => {
      server.push([], { state: 'stopped' })
      return { canonical: gate.canonical }
    })
    const act = vi.fn()
    const running = client.run('pay', { amount: 10 }, act)
    await until(() => expect(server.payloads('action.request')).toHaveLength(1))
    gate.settle('approved')
    await expect(running).rejects.toBeInstanceOf(AgentStoppedError)
    expect(act).not.toHaveBeenCalled()
  })

  it('[AU3] a thrown error is reported with its severity, and rethrown', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const broken = new Error('disk full')
    await expect(client.run('write', {}, () => Promise.reject(broken), { severity: 0.2 })).rejects.toBe(
      broken,
    )
    await expect(
      client.run('write', {}, () => {
        throw new ActionFailure('half done', { outcome: 'unknown' })
      }),
    ).rejects.toThrow('half done')
    expect(server.payloads('action.report')).toMatchObject([
      { outcome: 'failure', severity: 0.2, error: 'disk full' },
      { outcome: 'unknown', error: 'half done' },
    ])
  })

  it('[AG3] a stop aborts the act, which is reported as unknown, and the stop is acknowledged only then', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    let finish = () => {}
    let acting = false
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const running = client.run('write', {}, async (_args, { signal }) => {
      acting = true
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await finished
      throw signal.reason
    })
    running.catch(() => {})
    await until(() => expect(acting).toBe(true))
    server.push([], { state: 'stopped' })
    await until(() => expect(client.signal.aborted).toBe(true))
    expect(server.payloads('control.ack')).toEqual([])
    finish()
    await expect(running).rejects.toBeInstanceOf(AgentStoppedError)
    expect(server.payloads('action.report')).toMatchObject([{ outcome: 'unknown' }])
    await until(() => expect(server.payloads('control.ack')).toMatchObject([{ state: 'stopped' }]))
  })

  it('withdraws what its caller no longer waits for, unless another caller still does', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('approval.cancel', () => ({ approval: view(gate.id, 'cancelled') }))
    await using client = await started(server)
    const [one, two] = [new AbortController(), new AbortController()]
    const first = await client.request('pay', { amount: 10 }, { signal: one.signal })
    const second = await client.request('pay', { amount: 10 }, { signal: two.signal })
    one.abort(new Error('one'))
    await expect(first.decision).rejects.toThrow('one')
    expect(server.payloads('approval.cancel')).toEqual([])
    two.abort(new Error('two'))
    await expect(second.decision).rejects.toThrow('two')
    await until(() => expect(server.payloads('approval.cancel')).toMatchObject([{ id: gate.id }]))
  })

  it('a handle’s cancel settles its decision as cancelled', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    server.answer('approval.cancel', () => ({
      approval: view(gate.id, 'cancelled', { reason: 'changed my mind' }),
    }))
    await using client = await started(server)
    const handle = await client.request('pay', { amount: 10 })
    await handle.cancel('changed my mind')
    expect(await handle.decision).toMatchObject({ status: 'cancelled', reason: 'changed my mind' })
  })

  it('[PR4] a settlement that was missed for good is found by looking', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const { decision } = await client.request('pay', { amount: 10 })
    server.stands.seq = 300
    server.answer('approval.get', () => ({ approval: view(gate.id, 'denied', { reason: 'long ago' }) }))
    server.cut()
    expect(await decision).toMatchObject({ status: 'denied', reason: 'long ago' })
  })
})

describe('agent client: questions, tickets, instructions', () => {
  const ticket = (id: string, status: string, more: object = {}) =>
    ({ id, kind: 'question', status, ...more }) as never

  it('[ES5] a question is answered, typed', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('question.ask', () => ({ ticket: ticket(id, 'open') }))
    await using client = await started(server)
    const asking = client.ask('How many?', {
      schema: { type: 'object', properties: { n: { type: 'integer' } } },
    })
    await until(() => expect(server.payloads('question.ask')).toHaveLength(1))
    server.push([{ type: 'question.settled', data: ticket(id, 'resolved', { answer: { n: 3 } }) }])
    expect(await asking).toMatchObject({ status: 'answered', answer: { n: 3 } })
  })

  it('[ES5] a question that nobody answered is returned as such', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('question.ask', () => ({ ticket: ticket(id, 'open') }))
    await using client = await started(server)
    const asking = client.ask('Which?', { choices: ['a', 'b'] })
    await until(() => expect(server.payloads('question.ask')).toHaveLength(1))
    server.push([{ type: 'question.settled', data: ticket(id, 'expired') }])
    expect(await asking).toMatchObject({ status: 'expired' })
  })

  it('[ES3] an escalation returns its ticket, and later the advice', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('escalation.raise', () => ({
      raised: true,
      ticket: { ...(ticket(id, 'open') as object), kind: 'ticket' },
    }))
    await using client = await started(server)
    const { raised, settled } = await client.escalate('high_risk', { recommendation: 'wait' }, { risk: 0.9 })
    expect(raised).toBe(true)
    const action = { action: 'read', args: { path: 'log' } }
    server.push([{ type: 'ticket.settled', data: ticket(id, 'resolved', { resolution: 'go on', action }) }])
    expect(await settled).toMatchObject({ status: 'resolved', resolution: 'go on', action })
  })

  it('[ES1] what policy raises no ticket for is settled at once', async () => {
    await using server = await scriptedServer()
    server.answer('escalation.raise', () => ({ raised: false }))
    await using client = await started(server)
    const { raised, settled } = await client.escalate('uncertainty', null)
    expect([raised, await settled]).toEqual([false, { status: 'not_raised' }])
  })

  it('[IN2] an instruction is answered once applied or declined, and reading ends with the run', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const instruction = {
      id: newId(),
      text: 'slow down',
      data: { n: 1 },
      by: 'ana',
      at: '',
      status: 'queued',
    }
    server.push([{ type: 'instruction', data: instruction as never }])
    for await (const given of client.instructions()) {
      expect(given).toMatchObject({ text: 'slow down', data: { n: 1 }, by: 'ana' })
      await given.applied('done')
      await client.close()
    }
    expect(server.payloads('instruction.ack')).toMatchObject([
      { id: instruction.id, outcome: 'applied', note: 'done' },
    ])
  })
})

describe('agent client: the end', () => {
  it('[PR2] a completion whose answer was lost is asked for again under its key', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('run.complete', (_payload, count) => {
      if (count > 1) return { state: 'stopped', ttlMs: 0, replayed: true }
      server.answer('run.resume', () => no('agent_stopped'))
      server.cut()
      return 'silence'
    })
    await client.complete('all done')
    const [first, second] = server.payloads('run.complete')
    expect(second).toEqual(first)
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'completed' })
  })

  it('[PR2] a completion that has no answer any more is not called done', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('run.complete', (_payload, count) => {
      if (count > 1) return no('conflict')
      server.answer('run.resume', () => no('agent_stopped'))
      server.cut()
      return 'silence'
    })
    await expect(client.complete()).rejects.toMatchObject({ name: 'AgentStoppedError', ended: 'lost' })
  })

  it('[AG3] once stopped it disconnects by itself: the process can end', async () => {
    await using server = await scriptedServer()
    const client = await started(server)
    server.push([], { state: 'stopped' })
    await until(() => expect(client.signal.aborted).toBe(true))
    await until(() => expect(server.open).toBe(0))
    expect(server.payloads('control.ack')).toHaveLength(1)
  })

  it('[AG2] a close right after a stop still lets the stop be acknowledged, once its act is over', async () => {
    await using server = await scriptedServer()
    const client = await started(server)
    let acting = false
    const running = client.run('read', {}, (_args, { signal }) => {
      acting = true
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => setTimeout(reject, 30, signal.reason)),
      )
    })
    running.catch(() => {})
    await until(() => expect(acting).toBe(true))
    server.push([], { state: 'stopped' })
    await until(() => expect(client.signal.aborted).toBe(true))
    await client.close()
    await until(() => expect(server.payloads('control.ack')).toMatchObject([{ state: 'stopped' }]))
    expect(server.payloads('action.report')).toMatchObject([{ outcome: 'unknown' }])
    expect(server.payloads('lease.release')).toEqual([])
  })

  it('[AG6] an act that does not end keeps the lease out', async () => {
    await using server = await scriptedServer()
    const client = await started(server)
    let finish: (() => void) | undefined
    const running = client.run(
      'read',
      {},
      () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    )
    await until(() => expect(finish).toBeDefined())
    await client.close()
    expect(server.payloads('lease.release')).toEqual([])
    finish?.()
    expect(await running).toMatchObject({ status: 'done', reported: false })
  })

  it('ends with the signal it was given', async () => {
    await using server = await scriptedServer()
    const controller = new AbortController()
    const client = await started(server, { signal: controller.signal })
    controller.abort()
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'closed' })
    await until(() => expect(server.payloads('lease.release')).toHaveLength(1))
    await until(() => expect(server.open).toBe(0))
  })
})

it('[AG3] nothing can be asked before it has started', async () => {
  const client = new AgentClient({ url: 'http://127.0.0.1:9', token: 't' })
  await expect(client.request('read', {})).rejects.toBeInstanceOf(HoldpointError)
  expect([client.connection, client.state, client.canContinue()]).toEqual(['new', 'stopped', false])
})
