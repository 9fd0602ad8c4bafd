import { AgentClient, AgentStoppedError } from '@holdpoint/client'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

const WHO_AND_WHY = 'ana stopped this agent: “looks wrong”.'

it.each(['one', 'all'])(
  '[AG3] an agent that was stopped (%s) is told by whom and why, now and at its next start',
  async (which) => {
    await using plane = await controlPlane()
    const options = { url: plane.url, token: await plane.token({ subject: 'bot' }) }
    await using agent = new AgentClient(options)
    await agent.start()
    const ana = await plane.operatorSocket({ subject: 'ana', role: 'admin' })
    const target = which === 'one' ? { agent: 'bot' } : { all: true }
    await ana.must('agent.stop', { key: freshKey(), target, reason: 'looks wrong' })
    await until('it heard of it', () => agent.signal.aborted)
    const stopped = await agent.checkpoint().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(stopped).toBeInstanceOf(AgentStoppedError)
    expect(stopped).toMatchObject({
      ended: 'stopped',
      message: WHO_AND_WHY,
      details: { stopped: { by: 'ana', reason: 'looks wrong' } },
    })
    if (which === 'all') return
    await using again = new AgentClient(options)
    await expect(again.start()).rejects.toMatchObject({
      code: 'agent_locked',
      message: `${WHO_AND_WHY} It is locked until it is reinstated.`,
      details: { stopped: { by: 'ana', reason: 'looks wrong', at: expect.any(String) } },
    })
    await ana.must('agent.reinstate', { key: freshKey(), target, reason: 'looked' })
    await using third = new AgentClient(options)
    await third.start()
  },
)

it('[ID1] who may not release is told the role that this very item takes', async () => {
  await using plane = await controlPlane()
  const agent = await startAgent(await plane.agentSocket({ subject: 'worker' }))
  const vic = await plane.operatorSocket({ role: 'viewer' })
  for (const [action, role] of [
    ['send_email', 'approver'],
    ['delete_data', 'admin'],
    ['api_call', 'operator'],
  ] as const) {
    const { approval } = await agent.ask(action, { to: action })
    expect(await vic.request('approval.approve', { key: freshKey(), ...shown(approval) })).toMatchObject({
      error: {
        code: 'forbidden',
        details: { role },
        message: `This takes the role ${role}; yours is viewer.`,
      },
    })
  }
})
