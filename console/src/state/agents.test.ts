import type { Change, OperatorClient } from '@holdpoint/client/operator'
import { type AgentView, SECOND } from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** The page's state without a page: what it takes of one is its address. */
vi.stubGlobal('location', { origin: 'http://127.0.0.1', hash: '' })
const { loadAgents, shown } = await import('./agents.ts')
const { followReplica } = await import('./live.ts')
const { forgetPerson } = await import('./of-person.ts')
const { session } = await import('./session.ts')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  session.value = undefined
  forgetPerson()
  vi.useRealTimers()
})

describe('the agents of a tenant', () => {
  it('[PR4] are read anew where the store came back with another history, and the lost ones are gone', async () => {
    let listener: (change: Change) => void = () => {}
    let stored = ['bot', 'lost'].map((id) => agent(id, 50, 'running'))
    const client = {
      connection: { status: 'live', since: 0 },
      replica: { approvals: new Map(), tickets: new Map(), agents: new Map<string, AgentView>() },
      serverNow: () => 0,
      followOrders: () => () => {},
      onChange(on: typeof listener) {
        listener = on
        return () => {}
      },
      policy: () => new Promise(() => {}),
      agents: async () => ({ agents: stored, counts: {} }),
    } as unknown as OperatorClient
    followReplica()
    session.value = { client, person: { id: 'ana', role: 'approver', teams: [] }, kept: false }
    await loadAgents()
    expect(shown.value.map(({ id, state }) => [id, state])).toEqual([
      ['bot', 'running'],
      ['lost', 'running'],
    ])
    stored = [agent('bot', 10, 'stopped')]
    listener({ kind: 'snapshot' })
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(shown.value).toHaveLength(2)
    listener({ kind: 'snapshot', rewritten: true })
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(shown.value.map(({ id, state }) => [id, state])).toEqual([['bot', 'stopped']])
  })
})

const agent = (id: string, seq: number, state: AgentView['state']) =>
  ({ id, seq, state, labels: {}, orders: [], connected: true }) as unknown as AgentView
