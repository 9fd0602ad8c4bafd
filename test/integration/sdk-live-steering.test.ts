import { AgentStoppedError } from '@holdpoint/client'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { agentOf, consoleOf, until } from './sdk-live-clients.ts'

describe('clients and server: steering', () => {
  it('[AG2] a pause halts and is acknowledged; a resume goes on', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    expect((await ana.pause('bot', 'wait')).results).toMatchObject([
      { agent: 'bot', ok: true, state: 'paused' },
    ])
    await until(() => expect(bot.canContinue()).toBe(false))
    await until(async () =>
      expect((await ana.agent('bot')).agent).toMatchObject({
        state: 'paused',
        acknowledged: { state: 'paused' },
        control: { acknowledged: { by: 'bot' } },
      }),
    )
    const halted = bot.checkpoint()
    await ana.resume('bot')
    await halted
    await until(async () => expect((await ana.agent('bot')).agent.acknowledged?.state).toBe('running'))
  })

  it('[AG3] a stop ends the run, is acknowledged, and locks until somebody reinstates', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const running = bot.run(
      'read_file',
      {},
      (_args, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    running.catch(() => {})
    await until(async () => expect((await ana.approvals({ agent: 'bot' })).approvals).toHaveLength(1))
    await ana.stop('bot', 'enough')
    await expect(running).rejects.toBeInstanceOf(AgentStoppedError)
    await expect(bot.checkpoint()).rejects.toMatchObject({ ended: 'stopped' })
    await until(async () =>
      expect((await ana.agent('bot')).agent).toMatchObject({
        state: 'stopped',
        locked: true,
        control: { wanted: 'stopped', acknowledged: { by: 'bot' } },
      }),
    )
    expect((await ana.approvals({ agent: 'bot' })).approvals).toMatchObject([{ outcome: 'unknown' }])
    await expect(agentOf(cp)).rejects.toMatchObject({ code: 'agent_locked' })
    await ana.reinstate('bot', 'looked into it')
    await using again = await agentOf(cp)
    await again.checkpoint()
  })

  it('[AG7] an order for all holds everybody until it is lifted', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using one = await agentOf(cp, { subject: 'one' })
    await using two = await agentOf(cp, { subject: 'two' })
    const { order } = await ana.pause({ all: true }, 'all hands')
    if (!order) throw new Error('no order was placed')
    await until(() => expect([one.canContinue(), two.canContinue()]).toEqual([false, false]))
    expect((await ana.orders()).map(({ id }) => id)).toEqual([order.id])
    await until(() => expect([...ana.replica.orders.keys()]).toEqual([order.id]))
    const halted = [one.checkpoint(), two.checkpoint()]
    await ana.liftOrder(order.id, 'over')
    await Promise.all(halted)
    await until(() => expect(ana.replica.orders.size).toBe(0))
  })

  it('[AG2] [AG7] a console that follows orders knows how far each got, and is told when that changes', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    ana.followOrders()
    await using _one = await agentOf(cp, { subject: 'one' })
    const { order } = await ana.pause({ all: true }, 'all hands')
    const held = () => ana.replica.orders.get(order?.id ?? '')?.held
    const told: unknown[] = []
    ana.onChange(({ kind }) => kind === 'orders' && told.push(held()))
    await until(() => expect(held()).toEqual({ agents: 1, halted: 1 }))
    await using _two = await agentOf(cp, { subject: 'two' })
    await until(() => expect(held()).toEqual({ agents: 2, halted: 2 }))
    expect(told.at(-1)).toEqual({ agents: 2, halted: 2 })
  })

  it('[IN2] an instruction reaches the agent once, and its answer reaches the operator', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    await ana.inject('bot', 'skip the archive', { folder: 'old' })
    for await (const instruction of bot.instructions()) {
      expect(instruction).toMatchObject({ text: 'skip the archive', data: { folder: 'old' }, by: 'ana' })
      await instruction.declined('it is empty')
      break
    }
    await until(async () =>
      expect((await ana.history({ agent: 'bot', type: 'instruction.declined' })).events).toMatchObject([
        { by: 'bot', data: { instruction: { note: 'it is empty' } } },
      ]),
    )
  })

  it('[IN2] a paused agent is handed nothing until it resumes, and what it then says of earlier ones counts', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const given = bot.instructions()
    await ana.inject('bot', 'first')
    const { value: first } = await given.next()
    await ana.inject('bot', 'second')
    await ana.pause({ agent: 'bot' }, 'Wait.')
    await until(() => expect(bot.state).toBe('paused'))
    await ana.inject('bot', 'third')
    let handed: string | undefined
    const next = given.next().then(({ value }) => {
      handed = value.text
      return value
    })
    let answered = false
    const applied = first.applied().then(() => {
      answered = true
    })
    // whatever was on its way has come by the time that a later word of the server has
    expect(await bot.request('read_file', { path: 'a' }, { blocking: false })).toMatchObject({
      verdict: 'wait',
    })
    expect({ handed, answered }).toEqual({ handed: undefined, answered: false })
    await ana.resume({ agent: 'bot' })
    expect((await next).text).toBe('second')
    expect((await given.next()).value.text).toBe('third')
    await applied
    expect((await ana.history({ agent: 'bot', type: 'instruction.applied' })).events).toHaveLength(1)
  })

  it('shows agents, their progress, history and policy', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'viewer')
    await using bot = await agentOf(cp, { labels: { team: 'ops' } }, { name: 'Tidy', task: 'tidy up' })
    await bot.checkpoint()
    expect((await ana.agents({ labels: 'team=ops' })).agents).toMatchObject([{ id: 'bot', name: 'Tidy' }])
    expect(await ana.watchAgents(['bot'])).toMatchObject([{ connected: true, task: 'tidy up' }])
    bot.progress({ step: '2 of 3', message: 'sorting' })
    await until(() => expect(ana.replica.agents.get('bot')?.progress).toMatchObject({ step: '2 of 3' }))
    const types: string[] = []
    for await (const { type } of ana.historyEvents({ agent: 'bot', limit: 1 })) types.push(type)
    expect(types).toContain('agent.started')
    expect((await ana.policy()).version).toBe('built-in-1')
    expect(Math.abs(ana.serverNow() - Date.now())).toBeLessThan(1_000)
    await expect(ana.pause('bot', 'x')).rejects.toMatchObject({ code: 'forbidden' })
  })
})
