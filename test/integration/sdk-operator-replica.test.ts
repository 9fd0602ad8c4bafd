import type { Change } from '@holdpoint/client/operator'
import { describe, expect, it } from 'vitest'
import { approval, event, feed, hasty, page, ready, snapshot, until } from './sdk-operator-client.ts'
import { no, scriptedServer } from './sdk-scripted-server.ts'

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

  it('[AG7] asks again how far orders got, also where that failed, and keeps what facts leave out', async () => {
    await using server = await scriptedServer()
    const order = { id: 'o', held: { agents: 3, halted: 0 } }
    server.answer('sync', () => page(4, { snapshot: { ...snapshot(), orders: [order] } }))
    let asked = 0
    server.answer('order.list', () => {
      asked += 1
      if (asked === 2) return no('invalid')
      return { orders: [{ ...order, held: { agents: 3, halted: Math.min(asked, 3) } }] }
    })
    await using client = await ready(server, { clocks: hasty })
    const held = () => client.replica.orders.get('o')?.held
    expect(held()).toEqual({ agents: 3, halted: 0 })
    client.followOrders()
    await until(() => expect(held()).toEqual({ agents: 3, halted: 1 }))
    feed(server, { ...event(5), agent: 'bot' }, event(6, { order: { id: 'o' } }))
    await until(() => expect(client.replica.seq).toBe(6))
    expect(held()?.agents).toBe(3)
    await until(() => expect(held()).toEqual({ agents: 3, halted: 3 }))
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
