import type { ApprovalView, EventView, Snapshot, TicketView } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Replica } from './replica.ts'

const empty: Snapshot = {
  approvals: [],
  tickets: [],
  orders: [],
  counts: { agents: 0, approvals: 0, tickets: 0 },
}
const approval = (id: string, status: ApprovalView['status']) => ({ id, status }) as ApprovalView
const event = (seq: number, data: Record<string, unknown> = {}): EventView => ({
  seq,
  at: '',
  type: 'a.b',
  data,
})
const agent = (seq: number, connected = true) => ({ id: 'bot', seq, connected, leaseRemainingMs: 0 })

describe('replica', () => {
  it('[PR4] feed and acks in whatever order, doubled or not, end in the same state, each event once', () => {
    const log = Array.from({ length: 12 }, (_, index) => {
      const which = `a${index % 4}`
      return event(index + 1, { approval: approval(which, index < 6 ? 'pending' : 'approved') })
    })
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...log, ...log], { minLength: 24, maxLength: 24 }),
        fc.integer({ min: 1, max: 5 }),
        (arrivals, frame) => {
          const replica = new Replica()
          replica.reset(empty, 0)
          const applied: number[] = []
          for (let at = 0; at < arrivals.length; at += frame)
            applied.push(...replica.take(arrivals.slice(at, at + frame)).map(({ seq }) => seq))
          expect(applied).toEqual(log.map(({ seq }) => seq))
          expect(replica.hasGap).toBe(false)
          expect([...replica.approvals.keys()]).toEqual([])
          expect(replica.counts.approvals).toBe(0)
        },
      ),
    )
  })

  it('[PR4] another history takes the agents of the lost one with it, whatever their seqs', () => {
    const replica = new Replica()
    replica.reset(empty, 60)
    replica.seeAgent({ ...agent(50), state: 'running' } as never)
    replica.reset(empty, 70)
    expect(replica.agents.get('bot')?.seq).toBe(50)
    replica.reset(empty, 8, true)
    expect(replica.agents.size).toBe(0)
    replica.seeAgent({ ...agent(10), state: 'stopped' } as never)
    expect(replica.agents.get('bot')).toMatchObject({ seq: 10, state: 'stopped' })
  })

  it('[PR4] shows a gap, and goes on once it is filled', () => {
    const replica = new Replica()
    replica.reset(empty, 4)
    expect(replica.take([event(6, { approval: approval('b', 'pending') })])).toEqual([])
    expect([replica.hasGap, replica.seq, replica.approvals.size]).toEqual([true, 4, 0])
    expect(replica.take([event(5)]).map(({ seq }) => seq)).toEqual([5, 6])
    expect([replica.hasGap, replica.seq, replica.approvals.size]).toEqual([false, 6, 1])
  })

  it('[PR4] an answer to sync that reaches further than its events closes the gap', () => {
    const replica = new Replica()
    replica.reset(empty, 4)
    replica.take([event(8), event(6)])
    expect(replica.skipTo(7).map(({ seq }) => seq)).toEqual([8])
    expect([replica.hasGap, replica.seq]).toEqual([false, 8])
  })

  it('[PR4] a flood of early events does not keep out the one that is missing', () => {
    const replica = new Replica()
    replica.reset(empty, 0)
    replica.take(Array.from({ length: 5_000 }, (_, index) => event(index + 2)))
    const applied = replica.take([event(1)])
    expect(applied.length).toBeGreaterThan(1_000)
    expect(replica.seq).toBe(applied.length)
  })

  it('counts what opens and what closes', () => {
    const replica = new Replica()
    replica.reset(
      { ...empty, approvals: [approval('a', 'pending')], counts: { agents: 3, approvals: 1, tickets: 0 } },
      0,
    )
    replica.take([
      event(1, { approval: approval('b', 'pending') }),
      event(2, { approval: approval('a', 'denied'), ticket: { id: 't', status: 'open' } as TicketView }),
      event(3, { ticket: { id: 't', status: 'acknowledged' } as TicketView }),
      event(4, { approval: approval('never seen', 'expired') }),
    ])
    expect(replica.counts).toEqual({ agents: 3, approvals: 1, tickets: 1 })
    expect([...replica.approvals.keys(), ...replica.tickets.keys()]).toEqual(['b', 't'])
  })

  it('[AG7] holds standing orders until they are lifted', () => {
    const replica = new Replica()
    replica.reset(empty, 0)
    replica.take([event(1, { order: { id: 'o', effect: 'stop' } })])
    expect(replica.orders.size).toBe(1)
    replica.take([event(2, { order: { id: 'o', effect: 'stop', lifted: { at: '' } } })])
    expect(replica.orders.size).toBe(0)
  })

  it('an older view of an agent never replaces a newer one, and presence only touches what is known', () => {
    const replica = new Replica()
    replica.seeAgent(agent(5) as never)
    replica.seeAgent(agent(4, false) as never)
    expect(replica.agents.get('bot')?.connected).toBe(true)
    expect(
      replica.present({
        agents: [
          { id: 'bot', connected: false, leaseRemainingMs: 7 },
          { id: 'other', connected: true, leaseRemainingMs: 7 },
        ],
      }),
    ).toEqual(['bot'])
    expect(replica.agents.get('bot')).toMatchObject({ seq: 5, connected: false, leaseRemainingMs: 7 })
  })

  it('is not thrown by data that is none', () => {
    const replica = new Replica()
    replica.reset({} as Snapshot, 0)
    replica.take([event(1, { approval: 'x', ticket: null, agent: [], order: { id: 7 } })])
    replica.present({} as never)
    expect(replica.seq).toBe(1)
  })
})
