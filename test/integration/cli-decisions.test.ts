import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TicketView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { moreThanOneAnswerHolds } from '../harness/long-record.ts'
import { until } from '../harness/until.ts'
import { type Approvals, type Failure, person, remove, short, startAgent } from './cli-people.ts'

describe('holdpoint: decisions', () => {
  it('finds by part of its id what was settled last, also where more is on record than one answer holds', async () => {
    await using plane = await controlPlane()
    const hp = await person(plane)
    const { approval, ticket } = await moreThanOneAnswerHolds(plane)
    expect((await hp('show', short(approval))).stdout).toContain(approval)
    expect((await hp('show', short(ticket))).stdout).toContain(ticket)
    expect((await hp('approve', short(approval))).stderr).not.toContain('There is no')
    expect((await hp('show', 'fffffffe')).stderr).toContain('There is no approval or ticket')
  })

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
