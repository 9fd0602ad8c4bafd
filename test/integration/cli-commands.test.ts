import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AgentClient } from '@holdpoint/client'
import type { AgentView, ApprovalDetail, EventView, OrderView, TicketView } from '@holdpoint/shared'
import { canonicalAction, newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { freePort } from '../harness/free-port.ts'
import { until } from '../harness/until.ts'
import { scriptedServer } from './sdk-scripted-server.ts'

type Approvals = { approvals: ApprovalDetail[] }
type Failure = { error: { code: string; message: string; key?: string }; exitCode: number }

const startAgent = async (plane: Harness, subject = 'bot') => {
  const token = await plane.token({ subject, labels: { team: 'docs' } })
  const agent = new AgentClient({ url: plane.url, token })
  await agent.start()
  return agent
}
const person = async (plane: Harness, role: 'viewer' | 'operator' | 'approver' | 'admin' = 'admin') =>
  commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role }) })

const remove = (agent: AgentClient, path: string) =>
  agent.request('delete_data', { path }, { summary: `${path} is stale`, risk: 0.4 })
const UNKNOWN = '0198c1f2-7a3b-7c4d-8e5f-0123456789ab'
const short = (id: string) => id.slice(-8)

describe('holdpoint: what waits', () => {
  it('lists what waits, and shows one whole by its last characters', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id, digest } = await remove(agent, 'a\u202Eb.log')
    const listed = await hp('approvals', '--json')
    expect(listed.code).toBe(0)
    expect(listed.json<Approvals>().approvals).toMatchObject([{ id, level: 'admin_only', status: 'pending' }])
    const table = await hp('approvals')
    expect(table.stdout).toContain(short(id))
    expect(table.stdout).toContain('“a⟨U+202E⟩b.log is stale”')
    const shown = await hp('show', short(id))
    expect(shown.stdout).toContain('"path": "a⟨U+202E⟩b.log"')
    expect(shown.stdout).toContain(`${digest}\n           computed again from the bytes: the same`)
    expect((await hp('show', id, '--json')).json()).toMatchObject({ approval: { id }, digestHolds: true })
  })

  it('[AG2] lists agents with what is wanted of them', async () => {
    await using plane = await controlPlane()
    await using _agent = await startAgent(plane)
    const hp = await person(plane)
    const { agents, counts } = (await hp('agents', '--json')).json<{ agents: AgentView[]; counts: object }>()
    expect(agents).toMatchObject([{ id: 'bot', state: 'running', connected: true }])
    expect(counts).toMatchObject({ running: 1 })
    expect((await hp('agents', '--labels', 'team=docs')).stdout).toMatch(/bot +running +1?\ds/)
    expect((await hp('agents', '--labels', 'team!=docs')).stdout).toBe('No agents.\n')
  })

  it('[AG6] tells an agent that left from one that is unreachable, also to who releases for it', async () => {
    await using plane = await controlPlane()
    const agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await agent.close()
    await until('it left', async () => (await hp('agents')).stdout.includes('awaiting_input, left'))
    const { code, stderr } = await hp('approve', id)
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('bot is not connected now: it may begin this'),
    ])
  })

  it('lists history, the newest first, filtered', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await hp('deny', id, '--reason', 'keep it')
    const events = (await hp('history', '--type', 'approval.*', '--agent', 'bot', '--json')).json<{
      events: EventView[]
    }>().events
    expect(events.map(({ type }) => type).slice(0, 1)).toEqual(['approval.denied'])
    expect(events.every(({ type }) => type.startsWith('approval.'))).toBe(true)
    expect((await hp('history', '--since', '1h', '--by', 'ana')).stdout).toMatch(
      /approval\.denied +[0-9a-f]{8} +bot +ana +delete_data · keep it/,
    )
    expect(
      (await hp('history', '--limit', '1', '--json')).json<{ events: EventView[] }>().events,
    ).toHaveLength(1)
  })
})

describe('holdpoint: decisions', () => {
  it('[AP4] approves, and the agent may go on', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id, decision, digest } = await remove(agent, 'a.log')
    expect(
      (await hp('approve', short(id), '--digest', digest, '--note', 'ok', '--json')).json(),
    ).toMatchObject({
      approval: { id, status: 'approved', decidedBy: 'ana', note: 'ok' },
    })
    expect(await decision).toMatchObject({ status: 'released', args: { path: 'a.log' }, edited: false })
  })

  it('[AP4] approves with edited arguments, from the command line, a file or standard input', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const token = await plane.token({ subject: 'ana', role: 'admin' })
    const file = join(plane.folder, 'args.json')
    await writeFile(file, '{"path":"file.log"}')
    const hp = commandLine({ url: plane.url, token, stdin: '{"path":"stdin.log"}' })
    for (const [given, path] of [
      ['{"path":"typed.log"}', 'typed.log'],
      [`@${file}`, 'file.log'],
      ['@-', 'stdin.log'],
    ] as const) {
      const { id, decision } = await remove(agent, `for-${path}`)
      expect(await hp('approve', id, '--args', given)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^✓ approved, edited: delete_data by bot/),
      })
      expect(await decision).toMatchObject({ status: 'released', edited: true, args: { path } })
    }
    expect((await hp('history', '--type', 'approval.approved', '--limit', '1')).stdout).toContain(
      'delete_data · edited',
    )
    const { id } = await remove(agent, 'kind.log')
    const list = await hp('approve', id, '--args', '["kind.log"]', '--json')
    expect([list.code, list.json<Failure>().error]).toMatchObject([
      3,
      { message: 'The arguments are an object; edited, they can not be a list.' },
    ])
  })

  it('[AP9] refuses to approve other bytes than those looked at', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    const { code, stderr } = await hp('approve', id, '--digest', `sha256:${'0'.repeat(64)}`)
    expect(code).toBe(3)
    expect(stderr).toContain('not what you looked at')
    expect((await hp('approvals', '--json')).json<Approvals>().approvals).toHaveLength(1)
  })

  it('[AP4] denies with a reason, and responds with a message', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const first = await remove(agent, 'a.log')
    expect((await hp('deny', short(first.id), '--reason', 'audit')).stdout).toMatch(
      /^✓ denied: delete_data by bot/,
    )
    expect(await first.decision).toMatchObject({ status: 'denied', reason: 'audit' })
    const second = await remove(agent, 'b.log')
    expect((await hp('respond', short(second.id), '--message', 'archive it')).code).toBe(0)
    expect(await second.decision).toMatchObject({ status: 'denied', response: 'archive it' })
    expect((await hp('deny', 'abcdef')).code).toBe(2)
  })

  it('[ES5] answers a question with a choice, and a form with JSON', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const choice = agent.ask('How?', { choices: ['by name', 'by age'] })
    const questionId = async () =>
      until('the question is listed', async () => {
        const { tickets } = (await hp('tickets', '--json')).json<{ tickets: TicketView[] }>()
        return tickets[0]?.id
      })
    const first = await questionId()
    expect((await hp('tickets')).stdout).toContain('“How?” (by name | by age)')
    expect((await hp('answer', first, 'by luck', '--json')).json<Failure>()).toMatchObject({
      error: { code: 'invalid' },
      exitCode: 3,
    })
    expect((await hp('answer', short(first), 'by age')).code).toBe(0)
    expect(await choice).toMatchObject({ status: 'answered', answer: 'by age' })
    const form = agent.ask('And?', { schema: { type: 'object', properties: { days: { type: 'integer' } } } })
    const second = await questionId()
    expect((await hp('answer', second, 'thirty')).code).toBe(2)
    expect((await hp('answer', second, '{"days":30}')).code).toBe(0)
    expect(await form).toMatchObject({ status: 'answered', answer: { days: 30 } })
  })

  it('[ES3] acknowledges and resolves a ticket with advice', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { ticket, settled } = await agent.escalate('user_request', { note: 'help' })
    const id = ticket?.id ?? ''
    expect((await hp('ack', short(id), '--json')).json()).toMatchObject({
      ticket: { status: 'acknowledged' },
    })
    expect((await hp('answer', id, 'x')).stderr).toContain('use "holdpoint resolve"')
    await hp('resolve', id, '--resolution', 'read it', '--action', 'read_file', '--args', '{"path":"a"}')
    expect(await settled).toMatchObject({
      status: 'resolved',
      resolution: 'read it',
      action: { action: 'read_file', args: { path: 'a' } },
    })
  })
})

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

  it('[AG2] [IN1] locks an agent that had no run with nothing to wait for, and keeps each stop on record', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    await agent.complete()
    const hp = await person(plane)
    expect((await hp('stop', 'bot', '--reason', 'enough')).stdout).toBe('✓ bot: had no run; locked\n')
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
    expect((await hp('approvals', '--agent', 'nosuch')).stdout).toBe(
      'No agent is called “nosuch”: holdpoint agents lists them.\n',
    )
    expect((await hp('approvals', '--agent', 'bot')).stdout).toBe('Nothing waits for a person.\n')
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
    expect((await hp('orders')).stdout).toMatch(/stop +all +ana .*fire/)
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

describe('holdpoint: exit codes', () => {
  it('[PR2] says the same thing once more under the same key, and does it once', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    const first = await hp('deny', id, '--reason', 'no', '--key', 'k1', '--json')
    const again = await hp('deny', id, '--reason', 'no', '--key', 'k1', '--json')
    expect([again.code, again.json()]).toEqual([0, first.json()])
    const other = await hp('deny', id, '--reason', 'no', '--key', 'k2', '--json')
    expect([other.code, other.json<Failure>().error.code]).toEqual([3, 'already_decided'])
  })

  it.each([
    [['show', UNKNOWN], 3, 'not_found'],
    [['deny', UNKNOWN, '--reason', 'x'], 3, 'not_found'],
    [['ack', UNKNOWN], 3, 'not_found'],
    [['show', 'ffffffff'], 3, 'failed'],
    [['show', 'xyz'], 2, 'usage'],
    [['pause', 'nobody', '--reason', 'x'], 3, 'not_found'],
    [['pause', '--reason', 'x'], 2, 'usage'],
    [['pause', 'a', '--all', '--reason', 'x'], 2, 'usage'],
    [['deny', UNKNOWN], 2, 'usage'],
    [['approvals', '--status', 'odd'], 2, 'usage'],
    [['history', '--since', 'yesterday'], 2, 'usage'],
    [['agents', '--url', 'nowhere'], 2, 'usage'],
    [['agents', '--timeout', 'soon'], 2, 'usage'],
    [['agents', '--token', 'forged'], 4, 'unauthenticated'],
    [['watch'], 2, 'usage'],
    [['frobnicate'], 2, 'usage'],
  ] as const)('%j ends with %i', async (args, code, name) => {
    await using plane = await controlPlane()
    const hp = await person(plane)
    const result = await hp(...args, '--json')
    expect([result.code, result.json<Failure>()]).toMatchObject([
      code,
      { error: { code: name }, exitCode: code },
    ])
    expect(result.stdout.trim().split('\n')).toHaveLength(1)
  })

  it('4: a token file whose token is refused, at once', async () => {
    await using plane = await controlPlane()
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-cli-'))
    const file = join(folder, 'token')
    await writeFile(file, 'forged')
    const hp = commandLine({ url: plane.url })
    const result = await hp('agents', '--token-file', file, '--json')
    expect(result.json<Failure>()).toMatchObject({ error: { code: 'unauthenticated' }, exitCode: 4 })
    await rm(folder, { recursive: true })
  })

  it('[ID1] 4: a viewer may look and not decide', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const viewer = await person(plane, 'viewer')
    const { id } = await remove(agent, 'a.log')
    expect((await viewer('show', id)).code).toBe(0)
    expect((await viewer('approve', id, '--json')).json<Failure>()).toMatchObject({
      error: { code: 'forbidden' },
      exitCode: 4,
    })
    expect((await viewer('pause', 'bot', '--reason', 'x')).code).toBe(4)
  })

  it('4: no token, and no keys to make one', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ url: plane.url, env: { HOLDPOINT_DATA: join(plane.folder, 'nothing') } })
    const { code, stderr } = await hp('agents')
    expect([code, stderr]).toEqual([4, expect.stringContaining('There is no token')])
  })

  it('makes a token for who can read the keys on the same machine, and never for another machine', async () => {
    await using plane = await controlPlane()
    const env = { HOLDPOINT_DATA: plane.folder }
    expect((await commandLine({ url: plane.url, env })('agents')).code).toBe(0)
    const { code, stderr } = await commandLine({ url: 'http://holdpoint.example:7411', env })('agents')
    expect([code, stderr]).toEqual([4, expect.stringContaining('There is no token')])
  })

  it('5: nothing listens there, which is said at once', async () => {
    const hp = commandLine({ url: `http://127.0.0.1:${await freePort()}`, token: 'x' })
    const since = performance.now()
    const { code, stderr } = await hp('agents')
    expect([code, stderr]).toEqual([5, expect.stringContaining('could not be reached: connection refused.')])
    expect(performance.now() - since).toBeLessThan(8_000)
  })

  it('5: nothing answers there', async () => {
    const hp = commandLine({ url: 'http://127.0.0.1:1', token: 'any' })
    const result = await hp('approvals', '--timeout', '300ms', '--json')
    expect([result.code, result.json<Failure>().error]).toMatchObject([
      5,
      { code: 'unavailable', message: expect.stringContaining('http://127.0.0.1:1') },
    ])
  })

  it('[PR2] 6: the answer was lost, and the key to ask again with is named', async () => {
    await using server = await scriptedServer()
    const bytes = canonicalAction('delete_data', { path: 'a' })
    if (!bytes.ok) throw new Error(bytes.error.message)
    const id = newId()
    server.answer('approval.get', () => ({
      approval: {
        id,
        revision: 1,
        status: 'pending',
        level: 'review',
        action: 'delete_data',
        ...bytes.value,
      },
    }))
    server.answer('approval.approve', () => 'silence')
    const hp = commandLine({ url: server.url, token: 'any' })
    const result = await hp('approve', id, '--timeout', '300ms', '--json')
    const key = server.payloads('approval.approve')[0]?.key
    expect([result.code, result.json<Failure>()]).toMatchObject([6, { error: { key }, exitCode: 6 }])
    const words = await hp('approve', id, '--timeout', '300ms', '--key', 'mine')
    expect([words.code, words.stderr]).toEqual([6, expect.stringContaining('--key mine')])
  })

  it('names in its usage line what a command can not do without, and marks it where it is explained', async () => {
    const help = async (...names: readonly string[]) =>
      (await commandLine({})(...names, '--help')).stdout.split('\n').map((line) => line.trim())
    const shadow = await help('policy', 'shadow')
    expect(shadow).toContain('Usage: holdpoint policy shadow --reason <text> [options] [file]')
    expect(shadow).toContainEqual(expect.stringMatching(/^--reason <text> +required: why, for the record$/))
    expect(shadow).toContainEqual(expect.stringMatching(/^--off +end it$/))
    expect((await help('token', 'create'))[0]).toBe(
      'Usage: holdpoint token create --role <role> --subject <id> [options]',
    )
    expect((await help('approvals'))[0]).toBe('Usage: holdpoint approvals [options]')
  })

  it('explains them, and every command has examples', async () => {
    const hp = commandLine({})
    expect((await hp('help', 'exit-codes')).stdout).toContain('6  outcome unknown')
    for (const command of ['serve', 'token create', 'approve', 'stop', 'orders lift', 'watch', 'history']) {
      const { code, stdout } = await hp(...command.split(' '), '--help')
      expect([command, code, stdout]).toEqual([
        command,
        0,
        expect.stringMatching(/Examples\n {2}\$ holdpoint/),
      ])
    }
  })
})

describe('holdpoint token create', () => {
  it('[ID1] signs with the keys of the data folder what the server believes', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ env: { HOLDPOINT_DATA: plane.folder } })
    const { token } = (
      await hp(
        'token',
        'create',
        '--role',
        'agent',
        '--subject',
        'new',
        '--label',
        'team=ops',
        '--label',
        'env=dev',
        '--json',
      )
    ).json<{ token: string }>()
    await using agent = new AgentClient({ url: plane.url, token })
    await agent.start()
    const { agents } = (await (await person(plane))('agents', '--json')).json<{ agents: AgentView[] }>()
    expect(agents).toMatchObject([{ id: 'new', labels: { team: 'ops', env: 'dev' } }])
  })

  it.each([
    [['--role', 'king', '--subject', 'a'], 2],
    [['--role', 'agent', '--subject', 'a', '--ttl', 'long'], 2],
    [['--role', 'agent', '--subject', 'a', '--label', 'x'], 2],
    [['--role', 'agent', '--subject', 'no spaces'], 2],
    [['--role', 'agent', '--subject', 'system'], 3],
  ] as const)('%j ends with %i', async (args, code) => {
    await using plane = await controlPlane()
    const hp = commandLine({ env: { HOLDPOINT_DATA: plane.folder } })
    expect((await hp('token', 'create', ...args, '--json')).code).toBe(code)
  })
})
