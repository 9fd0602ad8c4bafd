import { AgentClient, HoldpointError, RunHeldError } from '@holdpoint/client'
import { newId, refusal } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { connect, startAnswer, started } from './sdk-scripted-agent.ts'
import { EPOCH, no, RUN, scriptedServer } from './sdk-scripted-server.ts'

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

it('[AG3] nothing can be asked before it has started', async () => {
  const client = new AgentClient({ url: 'http://127.0.0.1:9', token: 't' })
  await expect(client.request('read', {})).rejects.toBeInstanceOf(HoldpointError)
  expect([client.connection, client.state, client.canContinue()]).toEqual(['new', 'stopped', false])
})
