import { ActionFailure, AgentStoppedError } from '@holdpoint/client'
import { newId } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { approvals, canonicalOf, started, until, view } from './sdk-scripted-agent.ts'
import { EPOCH, no, requestAnswer, scriptedServer } from './sdk-scripted-server.ts'

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
