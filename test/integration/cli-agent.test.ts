import type { AgentDetail } from '@holdpoint/client/operator'
import type { ApprovalView, TicketView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { type Failure, person, remove, short, startAgent } from './cli-people.ts'

type Shown = AgentDetail & { approvals: readonly ApprovalView[]; tickets: readonly TicketView[] }

it('[AG2] [PO4] shows one agent whole: where it stands, what of it waits, what it was told and what it may still use', async () => {
  await using plane = await controlPlane()
  await using agent = await startAgent(plane)
  await using other = await startAgent(plane, 'other')
  const hp = await person(plane)
  const { id } = await remove(agent, 'a\u202Eb.log')
  await remove(other, 'c.log')
  const { ticket } = await agent.escalate('user_request', { note: 'help' }, { blocking: false })
  await hp('inject', 'bot', 'skip *.log')
  await hp('trust', 'cap', 'bot', 'standard', '--reason', 'audit')

  const { stdout, code } = await hp('agents', 'bot')
  expect(code).toBe(0)
  for (const line of [
    /^Agent {6}bot$/m,
    /^State {6}awaiting_input$/m,
    /^Run {8}[0-9a-f-]{36}, epoch 1\.\d+, since \d{4}-/m,
    /^Lease {6}1?\ds$/m,
    /^Labels {5}team=docs$/m,
    /^Autonomy {3}\w+, trust 0\.\d\d, at most standard$/m,
    /^Budgets {4}calls 0 of \d+, files 1 of \d+$/m,
    /^Open {7}approvals 1, tickets 1, instructions 1$/m,
    /\n\nApprovals\nID .*\n.*admin_only {2}delete_data {2}\{"path":"a⟨U\+202E⟩b\.log"\} {2}says “a⟨U\+202E⟩b\.log is stale”\n/,
    /\n\nTickets and questions\nID .*\n.* bot {4}user_request /,
    /\n\nInstructions not answered yet\n\S+ {2}by ana: “skip \*\.log”\n$/,
  ])
    expect(stdout).toMatch(line)
  expect(stdout).toContain(short(id))
  expect(stdout).toContain(short(ticket?.id ?? '?'))
  expect(stdout).not.toContain('c.log')

  const shown = (await hp('agents', 'bot', '--json')).json<Shown>()
  expect(shown).toMatchObject({
    agent: { id: 'bot', state: 'awaiting_input', autonomy: { cap: 'standard' } },
    approvals: [{ id }],
    tickets: [{ id: ticket?.id }],
    instructions: [{ text: 'skip *.log' }],
    budgets: { apiCalls: { used: 0 } },
  })
})

it('[AG2] [AG7] says of one agent what holds it and how far that got', async () => {
  await using plane = await controlPlane()
  await using _agent = await startAgent(plane)
  const hp = await person(plane)
  await hp('pause', '--labels', 'team=docs', '--reason', 'Incident 12', '--no-wait')
  const { stdout } = await hp('agents', 'bot')
  expect(stdout).toMatch(/^State {6}paus(?:ing|ed) by order$/m)
  expect(stdout).toMatch(/^Order {6}[0-9a-f]{8}: pause of team=docs, by ana: “Incident 12”$/m)
})

it('says that there is no such agent, that it can not be read, and that one agent takes no filter', async () => {
  await using plane = await controlPlane()
  await using _agent = await startAgent(plane)
  const hp = await person(plane)
  expect(await hp('agents', 'nosuch')).toMatchObject({
    code: 3,
    stdout: '',
    stderr: '✗ No agent is called “nosuch”: holdpoint agents lists them. [not_found]\n',
  })
  expect(await hp('agents', 'bot', '--state', 'paused', '--limit', '3')).toMatchObject({
    code: 2,
    stderr: '✗ One agent is shown whole: leave out its id, or --state and --limit.\n',
  })
  const ref = { tenant: 'default', kind: 'agent', id: 'bot' } as const
  const { doc, version } = await plane.store.load(ref)
  await plane.store.commit({
    ref,
    expectedVersion: version,
    doc: { ...(doc as object), schema: 2 },
    events: [],
    at: plane.store.now(),
  })
  await plane.restart()
  const again = await person(plane)
  const { exitCode, error } = (await again('agents', 'bot', '--json')).json<Failure>()
  expect([exitCode, error.message]).toEqual([
    1,
    expect.stringContaining("What the server holds of bot can't be read"),
  ])
})
