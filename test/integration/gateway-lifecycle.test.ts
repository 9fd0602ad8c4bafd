import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueToken, openKeys, systemClock } from '@holdpoint/server'
import { HOUR } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { openRawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

it('[PR1] after a restart on the same folder everything is found again', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker', labels: { team: 'docs' } }))
  const ana = await cp.operatorSocket({})
  const held = (await agent.ask('send_email', { to: 'x' })).approval
  const released = (await agent.ask('send_email', { to: 'y' }, { blocking: false })).approval
  await ana.must('approval.approve', { key: 'yes', ...shown(released) })
  const { ticket } = await agent.send('question.ask', { question: 'Go on?', blocking: false })
  const { cursor } = await ana.must('sync', {})
  const view = async (console_: typeof ana) => {
    const { agent: now } = await console_.must('agent.get', { id: 'worker' })
    return { ...now, connected: undefined, leaseRemainingMs: undefined }
  }
  const before = await view(ana)

  await cp.restart()

  const bo = await cp.operatorSocket({})
  expect(await bo.must('sync', { cursor })).toMatchObject({ events: [], more: false })
  const { snapshot } = await bo.must('sync', {})
  expect(snapshot).toMatchObject({ approvals: [{ id: held.id }], tickets: [{ id: ticket.id }] })
  expect(await view(bo)).toEqual(before)
  expect(await bo.must('approval.approve', { key: 'yes', ...shown(released) })).toMatchObject({
    replayed: true,
  })
  const socket = await cp.agentSocket({ subject: 'worker' })
  const { run } = agent.started
  const resumed = await socket.must('run.resume', {
    run: run.id,
    epoch: run.epoch,
    instance: agent.instance,
    after: 0,
  })
  expect(resumed.missed).toMatchObject([{ seq: 1, items: [{ data: { id: released.id } }] }])
  const begin = { key: freshKey(), epoch: run.epoch, instance: agent.instance }
  expect(
    await socket.must('action.begin', { ...begin, id: released.id, digest: released.digest }),
  ).toMatchObject({ canonical: '{"action":"send_email","args":{"to":"y"}}' })
})

it('[PR2] while it drains, agents are told, accepted commands end, and new ones are refused by name', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  // one agent's commands are committed one after the other, so this takes a while
  const accepted = Array.from({ length: 60 }, (_, n) => agent.ask('read_file', { n }))
  await accepted[0]
  const tooLate = agent.socket.heard('server.draining').then(() => agent.ask('read_file', { late: true }))
  const stopping = cp.stop()
  expect((await Promise.all(accepted)).every(({ ok }) => ok)).toBe(true)
  expect(await tooLate).toMatchObject({ ok: false, error: { code: 'draining', retryable: true } })
  await stopping
  expect(agent.socket.received).toContainEqual(['server.draining', { reconnectAfterMs: 1_000 }])
  await agent.socket.ended
})

const MAIN = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))

/** The real process, as `serve` starts it. */
async function serve(folder: string): Promise<{ child: ChildProcess; url: string; stderr: () => string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, HOLDPOINT_DATA: folder, HOLDPOINT_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const url = await until('the server to say where it listens', () => /listens on (\S+),/.exec(stderr)?.[1])
  return { child, url, stderr: () => stderr }
}
const exitOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('exit', resolve))

it('[ID5] SIGTERM drains and ends with 0; the start says what an agent of the same user could do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-'))
  const { child, url, stderr } = await serve(folder)
  const exited = exitOf(child)
  try {
    await until('the warning', () => stderr().includes('same operating-system user'))
    expect(stderr()).toContain(folder)
    const keys = await openKeys(folder)
    const token = await issueToken(keys, {
      tenant: 'default',
      subject: 'worker',
      role: 'agent',
      ttlMs: HOUR,
      clock: systemClock,
    })
    if (!token.ok) throw new Error(token.error.message)
    const agent = await startAgent(await openRawSocket(url, '/agent', { token: token.value, protocol: 1 }))
    expect(await agent.ask('read_file', {})).toMatchObject({ verdict: 'go' })
    child.kill('SIGTERM')
    expect(await agent.socket.heard('server.draining')).toEqual({ reconnectAfterMs: 1_000 })
    expect(await exited).toBe(0)
    await agent.socket.ended
    // what was acknowledged is there, and the lock is gone
    await using cp = await controlPlane({ folder })
    const ana = await cp.operatorSocket({})
    expect((await ana.must('history.list', {})).events.length).toBeGreaterThan(1)
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
})

it('a second server on the same folder refuses to start, and says who holds it', async () => {
  await using cp = await controlPlane()
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, HOLDPOINT_DATA: cp.folder, HOLDPOINT_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  expect(await exitOf(child)).toBe(1)
  expect(stderr).toContain(String(process.pid))
})
