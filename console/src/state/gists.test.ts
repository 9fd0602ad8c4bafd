import type { Change, ConnectionStatus, OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalView, builtInPolicy } from '@holdpoint/shared'
import { expect, it, vi } from 'vitest'

vi.stubGlobal('location', { origin: 'http://127.0.0.1', hash: '' })
const { followReplica } = await import('./live.ts')
const { followQueue, rows, scope } = await import('./queue.ts')
const { followGists, gists, showLines } = await import('./gists.ts')
const { session } = await import('./session.ts')

const AT = Date.parse('2026-01-01T00:00:00.000Z')
const view = {
  id: 'a',
  status: 'pending',
  action: 'payment',
  agent: 'clerk',
  digest: 'd',
  rules: [],
  stages: { queued: { at: new Date(AT).toISOString() } },
} as unknown as ApprovalView

/** What timers were set for meanwhile, ms. No spy: that would bring the standing clock back after the real one. */
async function armed(meanwhile: () => Promise<unknown>): Promise<unknown[]> {
  const { setTimeout: standing } = globalThis
  const asked: unknown[] = []
  const noting = (run: () => void, ms?: number) => {
    asked.push(ms)
    return standing(run, ms)
  }
  globalThis.setTimeout = Object.assign(noting, standing)
  try {
    await meanwhile()
  } finally {
    globalThis.setTimeout = standing
  }
  return asked
}

it('reads nothing while the connection is lost, waits for nothing either, and reads once it is back', async () => {
  vi.useFakeTimers()
  let hear: (change: Change) => void = () => {}
  let read = 0
  const client = {
    connection: { status: 'live', since: 0 } as ConnectionStatus,
    replica: {
      approvals: new Map([['a', view]]),
      tickets: new Map(),
      agents: new Map(),
      onlookers: new Map(),
    },
    serverNow: () => AT,
    followOrders: () => () => {},
    onChange(on: typeof hear) {
      hear = on
      return () => {}
    },
    policy: async () => builtInPolicy,
    async approval() {
      read += 1
      return { canonical: '{"action":"payment","args":{"to":"ana"}}', digest: 'd' }
    },
  } as unknown as OperatorClient
  const become = (status: ConnectionStatus['status']) =>
    hear({ kind: 'connection', connection: { status, since: 0 } })
  try {
    followReplica()
    followQueue()
    followGists()
    session.value = { client, person: { id: 'ana', role: 'admin', teams: [] }, kept: false }
    scope.value = 'all'
    await vi.advanceTimersByTimeAsync(1)
    expect(rows.value).toHaveLength(1)
    showLines(['a'])
    await vi.advanceTimersByTimeAsync(100)
    become('reconnecting')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await armed(() => vi.advanceTimersByTimeAsync(1_000))).not.toContain(50)
    expect(read).toBe(0)
    become('live')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(read).toBe(1)
    expect(gists.value.has('a')).toBe(true)
  } finally {
    session.value = undefined
    vi.useRealTimers()
  }
})
