import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import type { Ack } from '../harness/raw-socket.ts'

it('[AG8] [AP8] [PO4] an agent is rid of no pause, level or denial by running as a child of its own naming', async () => {
  await using cp = await controlPlane()
  const root = await cp.operatorSocket({ subject: 'root' })
  const socket = () => cp.agentSocket({ subject: 'crew' })
  const child = async (agent: string) => startAgent(await socket(), { agent })
  const target = { agent: 'crew' }
  const crew = await startAgent(await socket())
  const first = await child('crew/1')

  // what a person denied it, and denied a child of it, no other one asks for again
  const deny = async ({ approval }: Ack, reason: string) =>
    root.must('approval.deny', { key: freshKey(), ...shown(approval), reason })
  await deny(await crew.ask('send_email', { to: 'x' }, { blocking: false }), 'Not to them.')
  await deny(await first.ask('send_email', { to: 'y' }, { blocking: false }), 'Nor to them.')
  const second = await child('crew/2')
  for (const [to, reason] of [
    ['x', 'Not to them.'],
    ['y', 'Nor to them.'],
  ])
    expect(await second.ask('send_email', { to })).toMatchObject({ verdict: 'refused', reason })
  expect(await crew.ask('send_email', { to: 'y' })).toMatchObject({ code: 'denied_before' })
  const stranger = await startAgent(await cp.agentSocket({ subject: 'crewmate' }))
  expect(await stranger.ask('send_email', { to: 'x' })).toMatchObject({ verdict: 'wait' })

  // nor does one act above what an admin has capped it to
  expect(await second.ask('write_file', { path: 'a' })).toMatchObject({ verdict: 'wait', level: 'review' })
  await root.must('trust.cap', { key: freshKey(), agent: 'crew', level: 'restricted', reason: 'look' })
  // and its budgets show the limits that its next request meets
  const { budgets } = await root.must('agent.get', { id: 'crew/2' })
  const { agents } = await root.must('agents.watch', { ids: ['crew/2'] })
  expect([budgets.apiCalls.limit, agents[0].budgets.apiCalls.limit]).toEqual([10, 10])
  expect(await (await child('crew/3')).ask('write_file', { path: 'b' })).toMatchObject({ level: 'required' })

  // nor starts anything while it is paused
  await root.must('agent.pause', { key: freshKey(), target, reason: 'look' })
  const late = { key: freshKey(), instance: 'instance-late', agent: 'crew/4' }
  const another = await socket()
  expect(await another.request('run.start', late)).toMatchObject({
    error: { code: 'paused', details: { agent: 'crew' } },
  })
  await root.must('agent.resume', { key: freshKey(), target, reason: 'looked' })
  await another.must('run.start', { ...late, key: freshKey() })
})
