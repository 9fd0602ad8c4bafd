import type { Change, ConnectionStatus, OperatorClient } from '@holdpoint/client/operator'
import { HoldpointError } from '@holdpoint/client/operator'
import { type ApprovalView, builtInPolicy, type Policy, refusal } from '@holdpoint/shared'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

/** The page's state without a page: what it takes of one is its address. */
vi.stubGlobal('location', { origin: 'http://127.0.0.1', hash: '' })
const { askEnd, followReplica, itemOf, outcomeOf, policy } = await import('./live.ts')
const { session } = await import('./session.ts')

const AT = '2026-01-01T00:00:00.000Z'
const view = (id: string, status: string) =>
  ({
    id,
    status,
    action: 'payment',
    stages: { decided: { at: AT } },
    decidedBy: 'bo',
  }) as unknown as ApprovalView

/** A client whose server answers as told. */
function fake() {
  let listener: (change: Change) => void = () => {}
  const approvals = new Map<string, ApprovalView>()
  const server = { policies: [] as (Policy | Error)[], asked: 0, approvals: new Map<string, ApprovalView>() }
  const client = {
    connection: { status: 'reconnecting', since: 0 } as ConnectionStatus,
    replica: { approvals, tickets: new Map() },
    serverNow: () => Date.parse(AT),
    followOrders: () => () => {},
    onChange(on: typeof listener) {
      listener = on
      return () => {}
    },
    async policy() {
      server.asked += 1
      const next = server.policies.shift() ?? new Error('the connection was lost')
      if (next instanceof Error) throw next
      return next
    },
    async approval(id: string) {
      const found = server.approvals.get(id)
      if (!found) throw new HoldpointError(refusal('not_found'))
      return found
    },
    async ticket() {
      throw new HoldpointError(refusal('not_found'))
    },
  } as unknown as OperatorClient
  const become = (status: ConnectionStatus['status']) =>
    listener({ kind: 'connection', connection: { status, since: 0 } })
  return { client, server, approvals, become, hears: (change: Change) => listener(change) }
}

let page: ReturnType<typeof fake>
beforeAll(followReplica)
beforeEach(() => {
  vi.useFakeTimers()
  page = fake()
})
afterEach(() => {
  session.value = undefined
  vi.useRealTimers()
})
const signIn = () => {
  session.value = { client: page.client, person: { id: 'ana', role: 'approver', teams: [] }, kept: false }
}

describe('the policy that says what is mine', () => {
  it('[PO1] is read until there is an answer, and anew with each connection', async () => {
    const [first, second] = [1, 2].map((at): Policy => ({ ...builtInPolicy, version: `v${at}` }))
    signIn()
    await vi.advanceTimersByTimeAsync(1)
    expect(policy.value).toBeUndefined()
    page.server.policies.push(new Error('not yet'), first as Policy)
    page.become('live')
    await vi.advanceTimersByTimeAsync(1)
    expect(policy.value).toBeUndefined()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(policy.value?.version).toBe('v1')
    // a lost connection takes nothing away that was known
    page.become('reconnecting')
    page.server.policies.push(new Error('lost again'), second as Policy)
    page.become('live')
    await vi.advanceTimersByTimeAsync(1)
    expect(policy.value?.version).toBe('v1')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(policy.value?.version).toBe('v2')
    const { asked } = page.server
    await vi.advanceTimersByTimeAsync(60_000)
    expect(page.server.asked).toBe(asked)
  })
})

describe('an item that waits no longer', () => {
  it('[AP2] stands as it ended, and goes on being told of', () => {
    signIn()
    const tell = (status: string, more: object = {}) =>
      page.hears({
        kind: 'events',
        events: [
          {
            seq: 1,
            at: AT,
            type: 'approval.approved',
            data: { approval: { ...view('a', status), ...more } },
          },
        ],
      })
    tell('pending')
    expect(outcomeOf('a')).toBeUndefined()
    tell('approved')
    expect(outcomeOf('a')).toMatchObject({ what: 'approved', by: 'bo' })
    tell('approved', { outcome: { status: 'succeeded' } })
    expect(itemOf('a')?.view).toMatchObject({ status: 'approved', outcome: { status: 'succeeded' } })
  })

  it('[PR4] has no end any more where the store came back without it', () => {
    signIn()
    const approved = { seq: 1, at: AT, type: 'approval.approved', data: { approval: view('a', 'approved') } }
    page.hears({ kind: 'events', events: [approved] })
    page.hears({ kind: 'snapshot' })
    expect(outcomeOf('a')).toMatchObject({ what: 'approved' })
    page.hears({ kind: 'snapshot', rewritten: true })
    expect(outcomeOf('a')).toBeUndefined()
  })

  it('[AP2] is asked for where it ended unseen; what still waits, or never was, has no end', async () => {
    signIn()
    page.server.approvals.set('b', view('b', 'denied')).set('c', view('c', 'pending'))
    expect(await askEnd(page.client, 'b')).toBe(true)
    expect(outcomeOf('b')).toMatchObject({ what: 'denied', by: 'bo' })
    expect(await askEnd(page.client, 'c')).toBe(true)
    expect(outcomeOf('c')).toBeUndefined()
    expect(await askEnd(page.client, 'd')).toBe(false)
    // somebody else has come meanwhile: what was asked for is not theirs
    const asked = askEnd(page.client, 'b')
    session.value = undefined
    expect(await asked).toBe(false)
  })
})
