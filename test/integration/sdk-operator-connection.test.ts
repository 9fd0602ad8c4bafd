import { OperatorClient } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { connect, hasty, ready, until } from './sdk-operator-client.ts'
import { scriptedServer } from './sdk-scripted-server.ts'

describe('operator client: requests', () => {
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
