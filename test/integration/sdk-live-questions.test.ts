import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { agentOf, consoleOf, until } from './sdk-live-clients.ts'

describe('clients and server: questions and escalations', () => {
  it('[ES5] a question blocks, and its answer comes back typed', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const asking = bot.ask('How many?', {
      schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    })
    const ticket = await until(() => {
      const [first] = ana.replica.tickets.values()
      if (!first) throw new Error('no question yet')
      return first
    })
    await until(() => expect(bot.state).toBe('awaiting_input'))
    await expect(ana.answer(ticket.id, { n: 'x' })).rejects.toMatchObject({ code: 'invalid' })
    await ana.answer(ticket.id, { n: 3 })
    expect(await asking).toMatchObject({ status: 'answered', answer: { n: 3 } })
    await bot.checkpoint()
  })

  it('[ES1] [ES3] an escalation opens a ticket, and its advice comes back', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { raised, ticket, settled } = await bot.escalate('high_risk', { plan: 'drop it' }, { risk: 0.9 })
    if (!ticket) throw new Error('no ticket')
    expect(raised).toBe(true)
    await ana.acknowledge(ticket.id)
    await ana.assign(ticket.id, 'ana')
    await ana.resolve(ticket.id, {
      resolution: 'read first',
      action: { action: 'read_file', args: { path: 'x' } },
    })
    expect(await settled).toMatchObject({
      status: 'resolved',
      action: { action: 'read_file', args: { path: 'x' } },
    })
    expect((await bot.escalate('uncertainty', null, { confidence: 0.9 })).raised).toBe(false)
    expect(await bot.check('which table to drop', 0.9)).toBe(false)
    expect(await bot.check('which table to drop', 0.29, { tables: ['a', 'b'] })).toBe(true)
  })
})
