import { describe, expect, it } from 'vitest'
import { started, until } from './sdk-scripted-agent.ts'
import { no, scriptedServer } from './sdk-scripted-server.ts'

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
