import { newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started, until } from './sdk-scripted-agent.ts'
import { scriptedServer } from './sdk-scripted-server.ts'

describe('agent client: questions, tickets, instructions', () => {
  const ticket = (id: string, status: string, more: object = {}) =>
    ({ id, kind: 'question', status, ...more }) as never

  it('[ES5] a question is answered, typed', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('question.ask', () => ({ ticket: ticket(id, 'open') }))
    await using client = await started(server)
    const asking = client.ask('How many?', {
      schema: { type: 'object', properties: { n: { type: 'integer' } } },
    })
    await until(() => expect(server.payloads('question.ask')).toHaveLength(1))
    server.push([{ type: 'question.settled', data: ticket(id, 'resolved', { answer: { n: 3 } }) }])
    expect(await asking).toMatchObject({ status: 'answered', answer: { n: 3 } })
  })

  it('[ES5] a question that nobody answered is returned as such', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('question.ask', () => ({ ticket: ticket(id, 'open') }))
    await using client = await started(server)
    const asking = client.ask('Which?', { choices: ['a', 'b'] })
    await until(() => expect(server.payloads('question.ask')).toHaveLength(1))
    server.push([{ type: 'question.settled', data: ticket(id, 'expired') }])
    expect(await asking).toMatchObject({ status: 'expired' })
  })

  it('[ES3] an escalation returns its ticket, and later the advice', async () => {
    await using server = await scriptedServer()
    const id = newId()
    server.answer('escalation.raise', () => ({
      raised: true,
      ticket: { ...(ticket(id, 'open') as object), kind: 'ticket' },
    }))
    await using client = await started(server)
    const { raised, settled } = await client.escalate('high_risk', { recommendation: 'wait' }, { risk: 0.9 })
    expect(raised).toBe(true)
    const action = { action: 'read', args: { path: 'log' } }
    server.push([{ type: 'ticket.settled', data: ticket(id, 'resolved', { resolution: 'go on', action }) }])
    expect(await settled).toMatchObject({ status: 'resolved', resolution: 'go on', action })
  })

  it('[ES1] what policy raises no ticket for is settled at once', async () => {
    await using server = await scriptedServer()
    server.answer('escalation.raise', () => ({ raised: false }))
    await using client = await started(server)
    const { raised, settled } = await client.escalate('uncertainty', null)
    expect([raised, await settled]).toEqual([false, { status: 'not_raised' }])
  })

  it('[IN2] an instruction is answered once applied or declined, and reading ends with the run', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    const instruction = {
      id: newId(),
      text: 'slow down',
      data: { n: 1 },
      by: 'ana',
      at: '',
      status: 'queued',
    }
    server.push([{ type: 'instruction', data: instruction as never }])
    for await (const given of client.instructions()) {
      expect(given).toMatchObject({ text: 'slow down', data: { n: 1 }, by: 'ana' })
      await given.applied('done')
      await client.close()
    }
    expect(server.payloads('instruction.ack')).toMatchObject([
      { id: instruction.id, outcome: 'applied', note: 'done' },
    ])
  })
})
