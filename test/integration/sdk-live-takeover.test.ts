import { AgentClient, type Clocks, RunHeldError, RunSupersededError } from '@holdpoint/client'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { tapWire } from '../harness/wire-tap.ts'
import { agentOf, consoleOf, until } from './sdk-live-clients.ts'

/** Counts how the requests of these names, whichever client of this process sends them, are answered from now on. */
function countAnswers(...names: readonly string[]) {
  const sent = new Map<string, string>()
  const answers: { readonly name: string | undefined; readonly ok: boolean }[] = []
  const end = tapWire(
    (name) => names.includes(name),
    (tapped) => {
      if (tapped.kind === 'sent') sent.set(tapped.exchange, tapped.name)
      else answers.push({ name: sent.get(tapped.exchange), ok: (tapped.answer as { ok: boolean }).ok })
    },
  )
  const count = (name: string, ok: boolean) =>
    answers.filter((one) => one.name === name && one.ok === ok).length
  return { ok: (name: string) => count(name, true), refused: (name: string) => count(name, false), end }
}

/** Clocks of a process whose timers for its own upkeep have stalled. */
const withoutRenewals: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(ms, wake, background) {
    if (background) return () => {}
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

describe('clients and server: a second process', () => {
  it('[AG6] a second process is told that the run is held; with takeover it waits until the first has gone', async () => {
    await using cp = await controlPlane()
    await using first = await agentOf(cp, {}, { leaseMs: 300 })
    const { epoch } = first.held ?? {}
    await expect(agentOf(cp)).rejects.toBeInstanceOf(RunHeldError)
    await using second = new AgentClient({
      url: cp.url,
      token: await cp.token({ subject: 'bot' }),
      takeover: true,
    })
    const order: string[] = []
    const counted = countAnswers('lease.renew', 'run.start')
    const starting = second.start().then(() => order.push('second started'))
    // Four leases long: the first one renews, thrice in each, and so the second is refused again and again.
    await until(() => {
      expect(counted.ok('lease.renew')).toBeGreaterThanOrEqual(12)
      expect(counted.refused('run.start')).toBeGreaterThanOrEqual(2)
    })
    counted.end()
    await first.checkpoint()
    order.push('first closes')
    await first.close()
    await starting
    expect(order).toEqual(['first closes', 'second started'])
    expect(second.held?.id).toBe(first.held?.id)
    expect(second.held?.epoch).not.toBe(epoch)
    await second.checkpoint()
  })

  it('[AG2] [AG6] after a stop that never reached its process, a new one starts once that one has certainly halted', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using wire = await swallowingProxy(Number(new URL(cp.url).port))
    await using first = new AgentClient({
      url: wire.url,
      token: await cp.token({ subject: 'bot' }),
      leaseMs: 3_000,
    })
    await first.start()
    wire.swallow('both')
    await ana.stop('bot', 'enough')
    await ana.reinstate('bot', 'go on')
    expect(first.canContinue()).toBe(true)
    // it is no longer a run that could be taken over, and yet its process may still act
    const raw = await cp.agentSocket({ subject: 'bot' })
    const early = await raw.request('run.start', { key: 'early', instance: 'instance-raw' })
    expect(early).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(early.error?.details).toEqual({ retryAfterMs: expect.any(Number) })

    await using second = await agentOf(cp)
    expect(first.canContinue()).toBe(false)
    await second.checkpoint()
    expect((await ana.agent('bot')).agent).toMatchObject({ state: 'running', run: { id: second.held?.id } })
    wire.heal()
    await until(() => expect(first.signal.aborted).toBe(true))
    await second.checkpoint()
  })

  it('[AG4] [AG6] a process that stopped renewing halts by itself, is taken over, and never takes back', async () => {
    await using cp = await controlPlane()
    await using first = await agentOf(cp, {}, { leaseMs: 300, clocks: withoutRenewals })
    await until(() => expect(first.canContinue()).toBe(false))
    await using second = await agentOf(cp, {}, { takeover: true })
    await until(() => expect(first.signal.aborted).toBe(true))
    await expect(first.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
    await second.checkpoint()
    expect(second.connection).toBe('live')
  })
})
