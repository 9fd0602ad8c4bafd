import { StoreUnavailable } from '@holdpoint/server'
import { newId } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import type { DiskFaults } from '../harness/faulty-disk.ts'
import { logLines } from '../harness/log-lines.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

it('[PR2] a full disk refuses by name, writes nothing, and goes on once there is room', async () => {
  const faults: DiskFaults = {}
  await using cp = await controlPlane({ faults })
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  faults.failNext = 'write'
  const ask = () => agent.ask('send_email', { to: 'x' }, { key: 'mail' })
  expect(await ask()).toMatchObject({ ok: false, error: { code: 'unavailable', retryable: true } })
  expect((await ana.must('approval.list', {})).approvals).toEqual([])
  const again = await ask()
  expect(again).toMatchObject({ ok: true, verdict: 'wait' })
  expect(again.replayed).toBeUndefined()
})

it.each(['commit-lost', 'commit-kept'] as const)(
  '[PR1][ST8] a commit that the disk does not confirm (%s) is unknown, and nothing is acknowledged after it',
  async (failNext) => {
    const faults: DiskFaults = {}
    const fatal: Error[] = []
    await using cp = await controlPlane({ faults, onFatal: (error) => fatal.push(error) })
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    faults.failNext = failNext
    const ask = (key: string) => agent.ask('send_email', { to: key }, { key })
    expect(await ask('one')).toMatchObject({ ok: false, error: { code: 'unknown', retryable: true } })
    expect(fatal).toHaveLength(1)
    expect(await ask('two')).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    // and no lease is granted on what can't be read
    const renewed = await agent.socket.request('lease.renew', { epoch: agent.epoch, after: 0 })
    expect(renewed).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    expect(renewed.ttlMs ?? 0).toBe(0)
  },
)

it('[PR2] what the store can not be asked is refused as unavailable, not as a fault of the server', async () => {
  await using cp = await controlPlane()
  const ana = await cp.operatorSocket({})
  const { store } = cp
  Object.assign(store, {
    record: async () => {
      throw new StoreUnavailable('The store did not answer.')
    },
  })
  const refused = await ana.request('approval.get', { id: newId() })
  expect(refused).toMatchObject({ ok: false, error: { code: 'unavailable', retryable: true } })
})

it('[AG4] [PR6] where a stop finds no room on the disk, no lease is renewed until it would', async () => {
  const faults: DiskFaults = {}
  const clock = manualClock()
  const { logger, lines } = logLines()
  await using cp = await controlPlane({ clock, faults, parts: { logger } })
  const aboutWrites = () => lines.filter((line) => line.includes('writes'))
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  const renew = () => agent.socket.request('lease.renew', { epoch: agent.epoch, after: 0 })
  const ready = async () => (await fetch(`${cp.url}/readyz`)).status
  expect([(await renew()).ttlMs, await ready()]).toEqual([15_000, 200])

  faults.pageLimit = 1
  // what earlier commits left room for still goes through, so not the first one need fail
  const pauseOthers = () => {
    const target = { agent: 'other', children: true }
    return ana.request('agent.pause', { key: freshKey(), target, reason: 'y'.repeat(1_900) })
  }
  let refused = await pauseOthers()
  for (let tries = 0; refused.ok && tries < 40; tries++) refused = await pauseOthers()
  expect(refused).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  // whoever wonders why finds it in the log, once
  const alarm = expect.stringMatching(/^error the store takes no writes: the disk of the data folder is full/)
  expect(aboutWrites()).toEqual([alarm])
  expect(await renew()).toMatchObject({ ok: true, state: 'running', ttlMs: 0 })
  expect(await ready()).toBe(503)
  await clock.advance(10_000)
  expect((await renew()).ttlMs).toBe(0)

  delete faults.pageLimit
  await clock.advance(2_000)
  expect([(await renew()).ttlMs, await ready()]).toEqual([15_000, 200])
  expect(aboutWrites()).toEqual([alarm, 'info the store takes writes again'])
  await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'x' })
})

it('[PR2] the same key tells after a restart what became of an unknown one', async () => {
  for (const failNext of ['commit-lost', 'commit-kept'] as const) {
    const faults: DiskFaults = {}
    await using cp = await controlPlane({ faults })
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    faults.failNext = failNext
    await agent.ask('send_email', { to: 'x' }, { key: 'mail' })
    await cp.restart()
    const back = await cp.agentSocket({ subject: 'worker' })
    const { run } = agent.started
    await back.must('run.resume', { run: run.id, epoch: run.epoch, instance: agent.instance, after: 0 })
    const again = await back.must('action.request', {
      key: 'mail',
      epoch: run.epoch,
      action: 'send_email',
      args: { to: 'x' },
    })
    expect(again.replayed ?? false, failNext).toBe(failNext === 'commit-kept')
    const ana = await cp.operatorSocket({})
    expect((await ana.must('approval.list', {})).approvals).toHaveLength(1)
  }
})
