import { OperatorClient, OutcomeUnknownError } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { approval, ready, until } from './sdk-operator-client.ts'
import { no, scriptedServer } from './sdk-scripted-server.ts'

describe('operator client: requests', () => {
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

  it('[PR2] what never left is not unknown', async () => {
    const client = new OperatorClient({ url: 'http://127.0.0.1:9', token: 't' })
    await expect(client.stop('bot', 'x', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(client.ready({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
    await client.close()
  })
})
