import { describe, expect, it } from 'vitest'
import { started, until } from './sdk-scripted-agent.ts'
import { EPOCH, no, RUN, requestAnswer, scriptedServer } from './sdk-scripted-server.ts'

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
