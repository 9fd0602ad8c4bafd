import {
  type Change,
  type Clocks,
  OperatorClient,
  type OperatorClientOptions,
  OutcomeUnknownError,
} from '@holdpoint/client/operator'
import { canonicalText, digestOf, type EventView, newId, refusal } from '@holdpoint/shared'
import { describe, expect, it, vi } from 'vitest'
import { no, type ScriptedServer, scriptedServer } from './sdk-scripted-server.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 25_000, interval: 5 })

const connect = ({ url }: ScriptedServer, options: Partial<OperatorClientOptions> = {}) =>
  new OperatorClient({ url, token: 'token', ...options })

async function ready(server: ScriptedServer, options?: Partial<OperatorClientOptions>) {
  const client = connect(server, options)
  await client.ready()
  return client
}

/** Clocks whose timers fire fifty times as early. */
const hasty: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(delayMs, wake) {
    const timer = setTimeout(wake, delayMs / 50)
    return () => clearTimeout(timer)
  },
}

const approval = (id: string, status = 'pending') =>
  ({ id, status, revision: 1, digest: digestOf(id) }) as never
const event = (seq: number, data: Record<string, unknown> = {}): EventView => ({
  seq,
  at: '',
  type: 'a.b',
  data,
})
const feed = (server: ScriptedServer, ...events: EventView[]) =>
  server.emit('feed', { storeEpoch: 1, partition: 'p', events })
const page = (seq: number, more: object = {}) => ({
  events: [],
  cursor: `c${seq}`,
  more: false,
  storeEpoch: 1,
  partition: 'p',
  seq,
  ...more,
})
const snapshot = (...ids: string[]) => ({
  approvals: ids.map((id) => approval(id)),
  tickets: [],
  orders: [],
  counts: { agents: 2, approvals: ids.length, tickets: 0 },
})

describe('operator client: replica', () => {
  it('[PR4] holds the snapshot, and what the feed adds', async () => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(4, { snapshot: snapshot('a') }))
    await using client = await ready(server)
    expect([...client.replica.approvals.keys()]).toEqual(['a'])
    expect([client.connection.status, client.replica.counts.agents, client.replica.seq]).toEqual([
      'live',
      2,
      4,
    ])
    feed(server, event(5, { approval: approval('b') }), event(6, { approval: approval('a', 'denied') }))
    await until(() => expect([...client.replica.approvals.keys()]).toEqual(['b']))
    expect(client.replica.counts.approvals).toBe(1)
  })

  it('[PR4] reads what the snapshot had no room for, and again where that failed', async () => {
    await using server = await scriptedServer()
    server.answer('sync', () =>
      page(4, { snapshot: { ...snapshot('a'), counts: { agents: 0, approvals: 3, tickets: 0 } } }),
    )
    let asked = 0
    server.answer('approval.list', ({ cursor }: { cursor?: string }) => {
      asked += 1
      if (asked === 1) return no('unavailable')
      return cursor === undefined
        ? { approvals: [approval('a'), approval('b')], nextCursor: 'b' }
        : { approvals: [approval('c')] }
    })
    server.answer('ticket.list', () => ({ tickets: [] }))
    await using client = await ready(server, { clocks: hasty })
    const seen: string[] = []
    client.onChange(() => seen.push(client.replica.loaded))
    await until(() => expect(client.replica.loaded).toBe('whole'))
    expect(seen).toContain('failed')
    expect([...client.replica.approvals.keys()]).toEqual(['a', 'b', 'c'])
  })

  it('[PR4] what is committed while the snapshot is read is not lost', async () => {
    await using server = await scriptedServer()
    server.answer('sync', async () => {
      feed(server, event(4, { approval: approval('a', 'denied') }), event(5, { approval: approval('b') }))
      return page(4, { snapshot: snapshot() })
    })
    await using client = await ready(server)
    await until(() => expect([...client.replica.approvals.keys()]).toEqual(['b']))
  })

  it('[PR4] a gap that nothing fills is asked for, from the last cursor', async () => {
    await using server = await scriptedServer()
    server.answer('sync', ({ cursor }) => {
      if (cursor === undefined) return page(4, { snapshot: snapshot() })
      return page(6, {
        events: [event(5, { approval: approval('b') }), event(6, { approval: approval('c') })],
      })
    })
    await using client = await ready(server)
    feed(server, event(6, { approval: approval('c') }))
    await until(() => expect([...client.replica.approvals.keys()]).toEqual(['b', 'c']))
    expect(server.payloads('sync')[1]).toEqual({ cursor: 'c4' })
  })

  it('[PR4] what it missed while away comes page by page, each event once', async () => {
    await using server = await scriptedServer()
    server.answer('sync', ({ cursor }) => {
      if (cursor === undefined) return page(4, { snapshot: snapshot() })
      if (cursor === 'c4') return page(6, { events: [event(5), event(6)], more: true })
      return page(7, { events: [event(7)] })
    })
    await using client = await ready(server)
    const seen: number[] = []
    const reading = (async () => {
      for await (const { seq } of client.events()) if (seen.push(seq) === 4) return
    })()
    feed(server, event(5))
    await until(() => expect(client.replica.seq).toBe(5))
    server.cut()
    await until(() => expect(client.replica.seq).toBe(7))
    feed(server, event(7), event(8))
    await reading
    expect(seen).toEqual([5, 6, 7, 8])
  })

  it.each([
    ['a snapshot instead', () => page(2, { storeEpoch: 2, snapshot: snapshot('new') })],
    ['a refusal', () => no('invalid')],
  ])('[PR4] a cursor of another history: %s', async (_what, answer) => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(40, { snapshot: snapshot('old') }))
    await using client = await ready(server)
    server.answer('sync', ({ cursor }) =>
      cursor === undefined ? page(2, { storeEpoch: 2, snapshot: snapshot('new') }) : answer(),
    )
    server.cut()
    await until(() => expect([...client.replica.approvals.keys()]).toEqual(['new']))
    expect(client.replica.seq).toBe(2)
    server.emit('feed', { storeEpoch: 2, partition: 'p', events: [event(3, { approval: approval('next') })] })
    await until(() => expect(client.replica.approvals.size).toBe(2))
  })

  it.each([
    ['of another epoch', 2, 90],
    ['that ends before what was heard', 1, 10],
  ])('[PR4] a history %s begins without the agents of the lost one', async (_what, storeEpoch, seq) => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(60, { snapshot: snapshot() }))
    server.answer('agents.watch', () => ({ agents: [{ id: 'bot', seq: 50, state: 'running' }] }))
    await using client = await ready(server)
    await client.watchAgents(['bot'])
    expect(client.replica.agents.get('bot')?.state).toBe('running')
    const rewritten: unknown[] = []
    client.onChange((change: Change) => {
      if (change.kind === 'snapshot') rewritten.push(change.rewritten)
    })
    server.answer('sync', ({ cursor }) =>
      cursor === undefined || storeEpoch === 2
        ? page(seq, { storeEpoch, snapshot: snapshot() })
        : no('invalid'),
    )
    server.answer('agents.watch', () => ({ agents: [{ id: 'bot', seq: 9, state: 'stopped' }] }))
    // a frame of the new history comes on the very connection
    server.emit('feed', { storeEpoch: 2, partition: 'p', events: [event(seq)] })
    await until(() => expect(client.replica.agents.get('bot')?.state).toBe('stopped'))
    expect(rewritten).toEqual([true])
  })

  it('[PR4] a snapshot of the same history leaves the agents', async () => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(60, { snapshot: snapshot() }))
    server.answer('agents.list', () => ({ agents: [{ id: 'bot', seq: 50, state: 'running' }], counts: {} }))
    await using client = await ready(server)
    await client.agents()
    const rewritten: unknown[] = []
    client.onChange((change: Change) => {
      if (change.kind === 'snapshot') rewritten.push(change.rewritten)
    })
    server.answer('sync', () => page(90, { snapshot: snapshot() }))
    server.cut()
    await until(() => expect(client.replica.seq).toBe(90))
    expect([client.replica.agents.size, rewritten]).toEqual([1, [undefined]])
  })

  it('tells that it lost its connection, and that it is live again', async () => {
    await using server = await scriptedServer()
    await using client = await ready(server)
    const told: string[] = []
    client.onChange((change: Change) => {
      if (change.kind === 'connection') told.push(change.connection.status)
    })
    server.cut()
    await until(() => expect(told).toEqual(['reconnecting', 'live']))
  })

  it('[AP11] what came in is told as delivered, and what was displayed as seen, with a cursor that covers it', async () => {
    await using server = await scriptedServer()
    server.answer('sync', ({ cursor }) =>
      cursor === undefined ? page(4, { snapshot: snapshot() }) : page(5, { events: [event(5)] }),
    )
    await using client = await ready(server)
    feed(server, event(5, { approval: approval('a') }))
    await until(() => expect(client.replica.approvals.size).toBe(1))
    client.seen(['a'])
    client.seen(['a'])
    await until(() => expect(server.payloads('seen')).toEqual([{ ids: ['a'], cursor: 'c5' }]))
  })

  it('is not thrown by garbage', async () => {
    await using server = await scriptedServer()
    await using client = await ready(server)
    for (const garbage of [
      null,
      7,
      {},
      { events: 3 },
      { storeEpoch: 1, partition: 'p', events: [null, { seq: 'x' }] },
    ])
      server.emit('feed', garbage)
    server.emit('presence', { agents: 'all' })
    server.emit('something.newer', {})
    feed(server, event(1, { approval: approval('a') }))
    await until(() => expect(client.replica.approvals.size).toBe(1))
  })
})

describe('operator client: requests', () => {
  it('[AP9] decides on what was displayed, and folds in what it caused', async () => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(4, { snapshot: snapshot('a', 'b') }))
    server.answer('approval.approve', ({ id }) => ({
      approval: approval(id as string, 'approved'),
      events: [event(5, { approval: approval(id as string, 'approved') })],
    }))
    await using client = await ready(server)
    const shown = client.replica.approvals.get('a')
    if (!shown) throw new Error('not there')
    expect((await client.approve(shown, { totp: '123456', args: { amount: 1 } })).status).toBe('approved')
    expect(server.payloads('approval.approve')[0]).toMatchObject({
      id: 'a',
      revision: 1,
      digest: digestOf('a'),
      args: { amount: 1 },
      factor: { totp: '123456' },
    })
    expect([...client.replica.approvals.keys()]).toEqual(['b'])
    expect(client.replica.seq).toBe(5)
  })

  it('[AP9] does not show bytes that their digest does not name', async () => {
    await using server = await scriptedServer()
    const canonical = canonicalText({ action: 'pay', args: { amount: 10 } })
    const detail = { id: newId(), action: 'pay', canonical, digest: digestOf(canonical) }
    server.answer('approval.get', () => ({ approval: detail }))
    await using client = await ready(server)
    expect((await client.approval(detail.id)).canonical).toBe(canonical)
    server.answer('approval.get', () => ({
      approval: { ...detail, canonical: canonical.replace('10', '99') },
    }))
    await expect(client.approval(detail.id)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('a refusal is thrown as it came, with what stands', async () => {
    await using server = await scriptedServer()
    server.answer('approval.deny', () => no('already_decided', { standing: { status: 'approved' } }))
    await using client = await ready(server)
    await expect(client.deny(approval('a'), 'no')).rejects.toMatchObject({
      code: 'already_decided',
      details: { standing: { status: 'approved' } },
    })
  })

  it('[PR2] without an answer it ends in a typed unknown that carries the key to ask again with', async () => {
    await using server = await scriptedServer()
    server.answer('agent.stop', () => 'silence')
    await using client = await ready(server)
    const error = await client
      .stop('bot', 'wrong turn', { timeoutMs: 100 })
      .catch((caught: unknown) => caught)
    if (!(error instanceof OutcomeUnknownError)) throw error
    server.answer('agent.stop', () => ({ results: [{ agent: 'bot', ok: true }], events: [] }))
    expect((await client.stop('bot', 'wrong turn', { key: error.key })).results).toHaveLength(1)
    const [first, second] = server.payloads('agent.stop')
    expect(second).toEqual(first)
  })

  it('[PR2] goes out again under its key after a reconnect, within its time', async () => {
    await using server = await scriptedServer()
    server.answer('agent.pause', () => 'silence')
    await using client = await ready(server)
    const pausing = client.pause({ labels: 'team=ops' }, 'look')
    await until(() => expect(server.payloads('agent.pause')).toHaveLength(1))
    server.answer('agent.pause', () => ({ results: [], events: [] }))
    server.cut()
    await pausing
    const [first, second] = server.payloads('agent.pause')
    expect(second).toEqual(first)
  })

  it.each(['unavailable', 'draining', 'rate_limited', 'forbidden', 'internal'] as const)(
    '[PR2] a try that may have been done stays unknown, though the next one is refused: %s',
    async (code) => {
      await using server = await scriptedServer()
      server.answer('agent.inject', (_payload, count) => no(count === 1 ? 'unknown' : code))
      await using client = await ready(server)
      const error = await client.inject('bot', 'go left').catch((caught: unknown) => caught)
      if (!(error instanceof OutcomeUnknownError)) throw error
      expect(error).toMatchObject({ code: 'unknown', cause: { code } })
      const [first, second] = server.payloads('agent.inject')
      expect([second, error.key]).toEqual([first, first?.key])
    },
  )

  it('[PR2] an unanswered try stays unknown where the connection is lost and the server is then unavailable', async () => {
    await using server = await scriptedServer()
    server.answer('agent.inject', () => 'silence')
    await using client = await ready(server)
    const injecting = client.inject('bot', 'go left').catch((caught: unknown) => caught)
    await until(() => expect(server.payloads('agent.inject')).toHaveLength(1))
    server.answer('agent.inject', () => no('draining'))
    server.cut()
    const error = await injecting
    expect(error).toBeInstanceOf(OutcomeUnknownError)
    expect(error).toMatchObject({ key: server.payloads('agent.inject')[0]?.key })
  })

  it('[PR2] what was under way when the client ended is unknown, and what never left is not', async () => {
    await using server = await scriptedServer()
    server.answer('agent.inject', () => 'silence')
    const client = await ready(server)
    const injecting = client.inject('bot', 'go left').catch((caught: unknown) => caught)
    await until(() => expect(server.payloads('agent.inject')).toHaveLength(1))
    server.refuseHandshake(refusal('unauthenticated'))
    server.cut()
    const error = await injecting
    expect(error).toBeInstanceOf(OutcomeUnknownError)
    expect(error).toMatchObject({ cause: { code: 'unauthenticated' } })
    await expect(client.inject('bot', 'go right')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('[PR2] a refusal by who knows the key settles what was not known before', async () => {
    await using server = await scriptedServer()
    server.answer('approval.deny', (_payload, count) => no(count === 1 ? 'unknown' : 'already_decided'))
    await using client = await ready(server)
    const error = await client.deny(approval('a'), 'no').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'already_decided' })
    expect(error).not.toBeInstanceOf(OutcomeUnknownError)
  })

  it('[PR2] what was refused twice without having been done is no unknown', async () => {
    await using server = await scriptedServer()
    server.answer('agent.inject', () => no('unavailable'))
    await using client = await ready(server)
    const error = await client.inject('bot', 'go left').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(error).not.toBeInstanceOf(OutcomeUnknownError)
  })

  it('each that waits to be ready gives up in its own time where nothing listens', async () => {
    const client = new OperatorClient({ url: 'http://127.0.0.1:9', token: 't' })
    const ends = await Promise.allSettled([
      client.ready({ refusedMs: 60_000, timeoutMs: 300 }),
      client.ready({ refusedMs: 1 }),
      client.ready({ timeoutMs: 1 }),
    ])
    expect(ends).toMatchObject(ends.map(() => ({ status: 'rejected', reason: { code: 'unavailable' } })))
    await client.close()
  })

  it('[PR2] what never left is not unknown', async () => {
    const client = new OperatorClient({ url: 'http://127.0.0.1:9', token: 't' })
    await expect(client.stop('bot', 'x', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(client.ready({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
    await client.close()
  })

  it('history comes page by page, as far as it is read', async () => {
    await using server = await scriptedServer()
    server.answer('history.list', ({ cursor }) =>
      cursor === undefined
        ? { events: [event(9), event(8)], nextCursor: 'p2' }
        : { events: [event(7)], ...(cursor === 'p2' && { nextCursor: 'p3' }) },
    )
    await using client = await ready(server)
    const seqs: number[] = []
    for await (const { seq } of client.historyEvents({ agent: 'bot' })) if (seqs.push(seq) === 3) break
    expect(seqs).toEqual([9, 8, 7])
    expect(server.payloads('history.list')).toEqual([{ agent: 'bot' }, { agent: 'bot', cursor: 'p2' }])
  })

  it('[ID1] a refused token ends it, and every call says so', async () => {
    await using server = await scriptedServer()
    server.refuseHandshake(refusal('unauthenticated'))
    const client = connect(server)
    await expect(client.ready()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(client.orders()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(client.connection.status).toBe('stale')
  })

  it('[ID3] a refresh that had no answer on a living connection is asked for again, before the token expires', async () => {
    await using server = await scriptedServer()
    let fetched = 0
    const token = () => {
      fetched += 1
      const payload = { exp: Math.ceil(Date.now() / 1_000) + 20, n: fetched }
      return ['', btoa(JSON.stringify(payload)), ''].join('.')
    }
    server.answer('auth.refresh', (_payload, count) => (count < 3 ? 'silence' : {}))
    await using client = await ready(server, { token, clocks: hasty })
    await until(() => expect(server.payloads('auth.refresh')).toHaveLength(4))
    expect([client.connection.status, server.connections]).toEqual(['live', 1])
  })

  it('reads end when it is closed', async () => {
    await using server = await scriptedServer()
    const client = await ready(server)
    const reading = (async () => {
      for await (const _event of client.events());
    })()
    await client.close()
    await reading
    await until(() => expect(server.open).toBe(0))
  })
})
