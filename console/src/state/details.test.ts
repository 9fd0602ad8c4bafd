import type { Change, ConnectionStatus, OperatorClient } from '@holdpoint/client/operator'
import { builtInPolicy } from '@holdpoint/shared'
import { expect, it, vi } from 'vitest'

vi.stubGlobal('location', { origin: 'http://127.0.0.1', hash: '' })
const { followReplica } = await import('./live.ts')
const { detailOf } = await import('./details.ts')
const { session } = await import('./session.ts')

it('[AP9] bytes that could not be read while the server was away are asked for again once it is back', async () => {
  let hear: (change: Change) => void = () => {}
  let isAway = true
  let fail: (() => void) | undefined
  const lose = (): never => {
    throw new Error('away')
  }
  const become = (status: ConnectionStatus['status']) =>
    hear({ kind: 'connection', connection: { status, since: 0 } })
  const client = {
    connection: { status: 'reconnecting', since: 0 } as ConnectionStatus,
    replica: { approvals: new Map(), tickets: new Map(), agents: new Map(), onlookers: new Map() },
    serverNow: () => 0,
    followOrders: () => () => {},
    onChange(on: typeof hear) {
      hear = on
      return () => {}
    },
    policy: async () => builtInPolicy,
    async approval(id: string) {
      if (isAway && id === 'b')
        await new Promise<void>((resolve) => {
          fail = resolve
        }).then(lose)
      if (isAway) lose()
      return { id }
    },
  } as unknown as OperatorClient
  followReplica()
  session.value = { client, person: { id: 'ana', role: 'admin', teams: [] }, kept: false }
  try {
    expect(detailOf(client, 'a', 1)).toEqual({ state: 'loading' })
    await vi.waitFor(() => expect(detailOf(client, 'a', 1)).toEqual({ state: 'failed', message: 'away' }))
    isAway = false
    expect(detailOf(client, 'a', 1)).toMatchObject({ state: 'failed' })
    become('live')
    expect(detailOf(client, 'a', 1)).toEqual({ state: 'loading' })
    await vi.waitFor(() => expect(detailOf(client, 'a', 1)).toEqual({ state: 'here', detail: { id: 'a' } }))

    // also where it came back before that was known of what had been asked for
    become('reconnecting')
    isAway = true
    expect(detailOf(client, 'b', 1)).toEqual({ state: 'loading' })
    await vi.waitFor(() => expect(fail).toBeDefined())
    isAway = false
    become('live')
    fail?.()
    await vi.waitFor(() => expect(detailOf(client, 'b', 1)).toEqual({ state: 'here', detail: { id: 'b' } }))
  } finally {
    session.value = undefined
  }
})
