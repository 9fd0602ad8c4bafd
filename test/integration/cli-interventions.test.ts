import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AgentClient } from '@holdpoint/client'
import type { AgentView, ApprovalView, EventView, OrderView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { startAgent as startRun } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'
import { person, remove, short, startAgent, UNKNOWN } from './cli-people.ts'

describe('holdpoint: interventions', () => {
  it('[AG2] pauses until the agent has acknowledged it, resumes, stops and reinstates', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    expect((await hp('pause', 'bot', '--reason', 'look', '--json')).json()).toEqual({
      results: [{ agent: 'bot', ok: true, state: 'paused', stage: 'acknowledged by the agent' }],
    })
    expect(agent.canContinue()).toBe(false)
    expect((await hp('agents')).stdout).toMatch(/bot +paused +/)
    expect((await hp('resume', 'bot')).stdout).toBe('✓ bot: running\n')
    await agent.checkpoint()
    expect((await hp('stop', 'bot', '--reason', 'enough')).stdout).toBe(
      '✓ bot: stopped, acknowledged by the agent\n',
    )
    await until('the agent heard of it', () => agent.signal.aborted)
    const second = await hp('reinstate', 'bot', '--reason', 'fine', '--json')
    expect(second.json()).toMatchObject({ results: [{ agent: 'bot', ok: true, state: 'stopped' }] })
    expect((await hp('reinstate', 'bot', '--reason', 'fine')).code).toBe(3)
  })

  it('[AG2] [AG7] says of an agent whose run is over that an order holds it once it starts, and not that it was stopped', async () => {
    await using plane = await controlPlane()
    const agent = await startAgent(plane)
    await agent.complete()
    await agent.close()
    const hp = await person(plane)
    expect((await hp('agents')).stdout).toMatch(/bot +no run +-/)
    expect((await hp('agents', '--state', 'no-run')).stdout).toMatch(/bot +no run +-/)
    expect((await hp('agents', '--state', 'stopped')).stdout).toBe('No agents.\n')
    expect((await hp('pause', '--all', '--reason', 'night')).stdout).toBe(
      '✓ bot: has no run now; the order holds it once it starts\n',
    )
    expect((await hp('agents')).stdout).toMatch(/bot +no run, held by order +-/)
  })

  it('[AG7] takes the --yes that stopping everything needs for pausing everything, too', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const paused = await hp('pause', '--all', '--yes', '--reason', 'fire', '--json')
    expect([paused.code, paused.json()]).toEqual([
      0,
      expect.objectContaining({ order: expect.objectContaining({ effect: 'pause' }) }),
    ])
    expect(agent.canContinue()).toBe(false)
  })

  it('[AG2] [IN1] locks an agent that had no run with nothing to wait for, and keeps each stop on record', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    await agent.complete()
    const hp = await person(plane)
    expect((await hp('stop', 'bot', '--reason', 'enough')).stdout).toBe('✓ bot: had no run; locked\n')
    expect((await hp('agents', '--state', 'stopped')).stdout).toMatch(/bot +stopped, locked +-/)
    expect((await hp('agents', '--state', 'no-run')).stdout).toBe('No agents.\n')
    expect((await hp('stop', 'bot', '--reason', 'again')).code).toBe(0)
    const types = (await hp('history', '--json'))
      .json<{ events: EventView[] }>()
      .events.map(({ type }) => type)
    expect(types.filter((type) => type === 'agent.stopped')).toHaveLength(2)
    expect(types).not.toContain('control.enforced')
    expect((await hp('reinstate', 'bot', '--reason', 'fine')).stdout).toBe(
      '✓ bot: unlocked; may be started again\n',
    )
  })

  it('[AG2] lists and counts agents beyond what one answer holds, and finds the one that was stopped among them', async () => {
    await using plane = await controlPlane()
    const parents = ['crowd-0', 'crowd-1']
    const ofBoth = parents.map(async (subject) => {
      const own = Array.from({ length: 260 }, (_, n) => `${subject}/${String(n).padStart(3, '0')}`)
      const starting = own.map(async (agent) => {
        const one = await startRun(await plane.agentSocket({ subject }), { agent })
        await one.send('run.complete')
        one.socket.socket.disconnect()
      })
      await Promise.all(starting)
      return own
    })
    const names = (await Promise.all(ofBoth)).flat()
    const hp = await person(plane)
    expect((await hp('stop', 'crowd-1/259', '--reason', 'x')).code).toBe(0)
    const list = async (...args: string[]) => {
      const { agents, ...rest } = (await hp('agents', '--json', ...args)).json<{ agents: AgentView[] }>()
      return { ids: agents.map(({ id }) => id), ...rest }
    }
    const counts = { running: 0, paused: 0, awaiting_input: 0, stopped: 520 }
    expect(await list('--limit', '1000')).toEqual({ ids: names, counts, noRun: 519 })
    expect(await list('--limit', '520')).toEqual({ ids: names, counts, noRun: 519 })
    expect(await list('--limit', '519')).toMatchObject({ ids: names.slice(0, 519), noRun: 519, more: true })
    expect(await list('--state', 'stopped')).toEqual({ ids: ['crowd-1/259'], counts, noRun: 519 })
    expect(await list('--state', 'no-run', '--limit', '519')).toEqual({
      ids: names.slice(0, 519),
      counts,
      noRun: 519,
    })
    expect((await hp('agents', '--limit', '510')).stderr).toContain('There are more than 510')
  })

  it('asks why on a terminal only once there is something to do it to', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const token = await plane.token({ subject: 'ana', role: 'admin' })
    const hp = commandLine({ url: plane.url, token, typed: 'looks wrong\r' })
    for (const verb of ['stop', 'pause', 'reinstate'])
      expect(await hp(verb, 'nosuch')).toMatchObject({
        code: 3,
        stderr: expect.not.stringContaining('Why'),
      })
    for (const what of [
      'trust confirm nosuch standard',
      'standing issue nosuch send_email --count 1',
      `standing revoke bot ${UNKNOWN}`,
      `orders lift ${UNKNOWN}`,
      `revoke ${UNKNOWN}`,
      `grant ${UNKNOWN}`,
      'people disable nosuch',
      'people enable nosuch',
      'factor reset nosuch',
    ])
      expect([what, await hp(...what.split(' '))]).toMatchObject([
        what,
        { code: 3, stderr: expect.not.stringContaining('Why') },
      ])
    const pinned = await hp('trust', 'pin', 'bot', 'restricted')
    expect([pinned.code, pinned.stderr]).toEqual([0, expect.stringContaining('Why, for the record: ')])
    await hp('people', 'add', 'bo', '--role', 'viewer')
    expect(await hp('people', 'disable', 'bo')).toMatchObject({ code: 0 })
    expect((await hp('people', 'show', 'bo')).stdout).toMatch(/disabled .* by ana: looks wrong/)
    expect(await hp('factor', 'reset', 'bo')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/bo has no second factor\. \[conflict\]/),
    })
    const { id } = await remove(agent, 'a.log')
    for (const verb of ['deny', 'respond']) expect((await hp(verb, UNKNOWN)).stderr).not.toMatch(/Why|What/)
    expect((await hp('deny', id)).stderr).toContain('Why; the agent reads it: ')
    const { approval } = (await hp('show', id, '--json')).json<{ approval: ApprovalView }>()
    expect(approval).toMatchObject({ status: 'denied', reason: 'looks wrong' })
    expect((await hp('pause', 'bot')).stdout).toContain('✓ bot: paused')
    expect((await hp('pause', '--labels', 'team=docs')).stdout).toContain('✓ bot: paused')
    const silent = commandLine({ url: plane.url, token, typed: ' \r' })
    expect(await silent('stop', 'bot')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("required option '--reason <text>' not specified"),
    })
    const leaving = commandLine({ url: plane.url, token, typed: '\u0003' })
    expect(await leaving('stop', 'bot')).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('✗ Nothing was sent.'),
    })
  })

  it('names the agent that there is none of', async () => {
    await using plane = await controlPlane()
    const hp = await person(plane)
    const { code, stderr } = await hp('pause', 'nobody', '--reason', 'x')
    expect([code, stderr]).toEqual([3, '✗ There is no agent "nobody". [not_found]\n'])
  })

  it('[AP2] says who decided what was decided already, what, and when', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await hp('deny', id, '--reason', 'the audit needs it')
    const { code, stderr } = await hp('approve', id)
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /their decision stands\. It was denied by ana at \d\d:\d\d:\d\d: “the audit needs it”\. \[already_decided\]/,
      ),
    ])
  })

  it('tells in the history why an order was lifted, what an agent noted, and what moved its trust', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { order } = (await hp('pause', '--all', '--reason', 'look', '--json')).json<{ order: OrderView }>()
    await hp('orders', 'lift', order.id, '--reason', 'all is well')
    await hp('inject', 'bot', 'skip *.log')
    const { value } = await agent.instructions().next()
    await value?.applied('will skip them')
    await agent.checkpoint()
    await agent.run('read_file', { path: 'a' }, () => 'read')
    const told = (await hp('history')).stdout
    expect(told).toMatch(/order\.lifted .*all is well/)
    expect(told).toMatch(/instruction\.applied .*skip \*\.log · will skip them/)
    expect(told).toMatch(/control\.acknowledged .*paused/)
    expect(told).toMatch(/trust\.changed .*0\.5100 supervised, \w+/)
    expect((await hp('history', '--type', 'approval.bogus')).stdout).toBe(
      'Nothing matches --type approval.bogus.\n',
    )
  })

  it('tells in the history what was answered, resolved and activated', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane, 'admin')
    const asked = agent.ask('Which one?', { choices: ['red', 'blue'] }).catch(() => undefined)
    const waiting = async () => (await hp('tickets', '--json')).json<{ tickets: { id: string }[] }>().tickets
    const [question] = await until('a question', async () => {
      const all = await waiting()
      return all.length > 0 && all
    })
    await hp('answer', question?.id ?? '', 'blue')
    await asked
    expect((await hp('history', '--type', 'question.resolved')).stdout).toContain('Which one? · blue')
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-cli-'))
    const file = join(folder, 'policy.yaml')
    await writeFile(file, 'version: acme-9\n')
    await hp('policy', 'activate', file, '--reason', 'tried')
    expect((await hp('history', '--type', 'policy.activated')).stdout).toContain(
      'tried · acme-9 after built-in-1',
    )
    await rm(folder, { recursive: true })
  })

  it('[AP9] says what to do next where a second factor is missing, and first who has to be registered', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await agent.request('payment', { amount: 1 })
    const approve = async () => (await hp('approve', id)).stderr
    expect(await approve()).toContain('nobody is registered for your token: ask an admin to add you')
    await hp('people', 'add', 'ana', '--role', 'admin')
    const told = await approve()
    expect(told).toContain('--totp 123456')
    expect(told).toContain('holdpoint factor enroll')
    expect(told).not.toContain('registered')
  })

  it('says that no agent has that name, and why a file can not be read', async () => {
    await using plane = await controlPlane()
    await using _agent = await startAgent(plane)
    const hp = await person(plane)
    const lists = [['approvals'], ['tickets'], ['tickets', '--status', 'all'], ['history']]
    for (const list of lists)
      expect((await hp(...list, '--agent', 'nosuch')).stdout).toBe(
        'No agent is called “nosuch”: holdpoint agents lists them.\n',
      )
    for (const list of [['instructions'], ['standing', 'list']])
      expect((await hp(...list, 'nosuch')).stderr).toBe(
        '✗ No agent is called “nosuch”: holdpoint agents lists them. [not_found]\n',
      )
    expect((await hp('approvals', '--agent', 'bot')).stdout).toBe('Nothing waits for a person.\n')
    expect((await hp('tickets', '--agent', 'bot')).stdout).toBe('No tickets.\n')
    expect((await hp('history', '--agent', 'bot', '--type', 'ticket.*')).stdout).toBe(
      'Nothing matches --agent bot --type ticket.*.\n',
    )
    expect((await hp('policy', 'check', '/nowhere/policy.yaml')).stderr).toBe(
      '✗ /nowhere/policy.yaml can not be read: there is no such file.\n',
    )
    expect((await hp('approvals', '--nosuch')).stderr).toMatch(/^✗ unknown option '--nosuch'/)
  })

  it('[AG7] stops all by one order that is listed and lifted, and only when told to for sure', async () => {
    await using plane = await controlPlane()
    await using _one = await startAgent(plane, 'one')
    await using _two = await startAgent(plane, 'two')
    const hp = await person(plane)
    const unsure = await hp('stop', '--all', '--reason', 'fire')
    expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringContaining('needs --yes')])
    const stopped = (await hp('stop', '--all', '--yes', '--reason', 'fire', '--json')).json<{
      results: { agent: string; stage: string }[]
      order: OrderView
    }>()
    expect(stopped.results.map(({ agent, stage }) => `${agent} ${stage}`).sort()).toEqual([
      'one acknowledged by the agent',
      'two acknowledged by the agent',
    ])
    const listed = (await hp('orders', '--json')).json<{ orders: OrderView[] }>().orders
    expect(listed).toMatchObject([{ id: stopped.order.id, effect: 'stop', selector: { all: true } }])
    expect((await hp('orders')).stdout).toMatch(/stop +all +2, 2 halted +ana .*fire/)
    expect((await hp('orders', 'lift', short(stopped.order.id), '--reason', 'out')).code).toBe(0)
    expect((await hp('orders')).stdout).toBe('No standing orders.\n')
  })

  it('[AG7] pauses by label', async () => {
    await using plane = await controlPlane()
    await using _agent = await startAgent(plane)
    const hp = await person(plane)
    const { results } = (await hp('pause', '--labels', 'team=docs', '--reason', 'x', '--json')).json<{
      results: object[]
    }>()
    expect(results).toMatchObject([{ agent: 'bot', ok: true, state: 'paused' }])
  })

  it('[AG7] ends with 3 where one of many agents refused, or all of them', async () => {
    await using plane = await controlPlane()
    await using _docs = await startAgent(plane, 'docs')
    await using other = new AgentClient({ url: plane.url, token: await plane.token({ subject: 'other' }) })
    await other.start()
    const hp = await person(plane)
    await hp('pause', '--labels', 'team=docs', '--reason', 'look')
    const none = await hp('resume', '--labels', 'team=docs')
    expect([none.code, none.stdout]).toEqual([3, expect.stringMatching(/^✗ docs: Order .* holds this agent/)])
    await hp('pause', 'other', '--reason', 'look')
    const some = await hp('resume', '--all', '--json')
    expect(some.code).toBe(3)
    expect(some.json<{ results: object[] }>().results).toMatchObject([
      { agent: 'docs', ok: false, error: { code: 'under_order' } },
      { agent: 'other', ok: true, state: 'running' },
    ])
  })

  it('[IN2] lists instructions that wait for an answer, and then what became of others', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    await hp('inject', 'bot', 'skip *.log')
    const { value } = await agent.instructions().next()
    await value?.declined('there are none')
    await hp('pause', 'bot', '--reason', 'lunch')
    await hp('inject', 'bot', 'look at *.txt')
    const listed = async (...args: string[]) =>
      (await hp('instructions', ...args)).stdout.split('\n').map((line) => line.replace(/^\S+ +/, ''))
    const expected = [
      expect.stringMatching(/^BY +AGENT +FATE +INSTRUCTION$/),
      expect.stringMatching(/^ana +bot +not answered +look at \*\.txt$/),
      expect.stringMatching(/^ana +bot +declined +skip \*\.log · there are none$/),
      '',
    ]
    expect(await listed()).toEqual(expected)
    expect(await listed('bot')).toEqual(expected)
    expect((await hp('instructions', '--json')).json()).toMatchObject({
      instructions: [{ status: 'queued' }, { status: 'declined', note: 'there are none' }],
    })
  })

  it('[ES3] shows a ticket whole, open or closed, by a part of its id or by the whole', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { ticket } = await agent.escalate('critical_decision', { why: 'two ways' }, { confidence: 0.6 })
    const { id = '' } = ticket ?? {}
    expect((await hp('show', short(id))).stdout).toMatch(
      /Status +open, priority 1, reason critical_decision\nAgent +bot\n[\s\S]*confidence: 0\.6\n[\s\S]*"why": "two ways"/,
    )
    await hp('resolve', short(id), '--resolution', 'The left one')
    expect((await hp('show', short(id))).stdout).toMatch(/Closed .*by ana\nResolution The left one\n/)
    expect((await hp('show', id, '--json')).json()).toMatchObject({ ticket: { id, status: 'resolved' } })
    expect((await hp('show', 'ffffffff-ffff-4fff-8fff-ffffffffffff')).code).toBe(3)
  })

  it('[IN2] injects an instruction, which the agent applies', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    expect((await hp('inject', 'bot', 'skip *.log', '--payload', '{"n":1}')).stdout).toBe(
      '✓ queued for bot\n',
    )
    const { value } = await agent.instructions().next()
    expect(value).toMatchObject({ text: 'skip *.log', data: { n: 1 }, by: 'ana' })
    await value?.applied('done')
    const { events } = (await hp('history', '--type', 'instruction.*', '--json')).json<{
      events: EventView[]
    }>()
    expect(events[0]?.type).toBe('instruction.applied')
    expect((await hp('inject', '--all', 'careful', '--json')).json()).toMatchObject({
      results: [{ agent: 'bot', ok: true }],
    })
  })
})
