import { refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { AgentStoppedError } from './errors.ts'
import { Gate } from './gate.ts'
import { Lease } from './lease.ts'
import { manualClocks } from './testing/manual-clocks.ts'

function running() {
  const clocks = manualClocks()
  const lease = new Lease(clocks)
  const gate = new Gate(lease)
  lease.granted(lease.sending(), 15_000)
  gate.setState('running')
  return { clocks, lease, gate }
}

/** Whether a promise has settled by the time that everything already queued has run. */
async function settledNow(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  return settled
}

const stopped = () => new AgentStoppedError('stopped', refusal('agent_stopped'))

describe('gate', () => {
  it('[AG3] is passed at once while running under a live lease, with one shared promise', async () => {
    const { gate } = running()
    expect(gate.canContinue()).toBe(true)
    expect(gate.checkpoint()).toBe(gate.checkpoint())
    await gate.checkpoint()
  })

  it.each(['paused', 'awaiting_input'] as const)(
    '[AG3] waits while %s and goes on when running',
    async (state) => {
      const { gate } = running()
      gate.setState(state)
      const waiting = gate.checkpoint()
      expect(gate.canContinue()).toBe(false)
      expect(await settledNow(waiting)).toBe(false)
      gate.setState('running')
      expect(await settledNow(waiting)).toBe(true)
    },
  )

  it('[AG5] waits without a lease, and goes on by itself once it was renewed', async () => {
    const { gate, lease, clocks } = running()
    clocks.advance(15_000)
    const waiting = gate.checkpoint()
    expect(await settledNow(waiting)).toBe(false)
    gate.wake()
    expect(await settledNow(waiting)).toBe(false)
    lease.granted(lease.sending(), 15_000)
    gate.wake()
    expect(await settledNow(waiting)).toBe(true)
  })

  it('[AG5] asks for a renewal when somebody begins to wait for a lease', () => {
    const clocks = manualClocks()
    let asked = 0
    const gate = new Gate(new Lease(clocks), () => {
      asked += 1
    })
    gate.setState('running')
    gate.checkpoint()
    expect(asked).toBe(1)
    gate.setState('paused')
    gate.checkpoint()
    expect(asked).toBe(1)
  })

  it('[AG7] an order in doubt holds, whatever the state, until it is cleared', async () => {
    const { gate } = running()
    gate.hold()
    const waiting = gate.checkpoint()
    gate.setState('running')
    expect(await settledNow(waiting)).toBe(false)
    gate.release()
    expect(await settledNow(waiting)).toBe(true)
  })

  it('[AG3] throws the typed error once ended, to whoever waits and whoever comes, and fires the signal', async () => {
    const { gate } = running()
    gate.setState('paused')
    const waiting = gate.checkpoint()
    const error = stopped()
    gate.end(error)
    await expect(waiting).rejects.toBe(error)
    await expect(gate.checkpoint()).rejects.toBe(error)
    expect(gate.canContinue()).toBe(false)
    expect(gate.signal.aborted).toBe(true)
    expect(gate.signal.reason).toBe(error)
  })

  it('[AG6] nothing opens it again, and the first ending stands', async () => {
    const { gate, lease } = running()
    const error = stopped()
    gate.end(error)
    gate.end(stopped())
    gate.setState('running')
    gate.release()
    lease.granted(lease.sending(), 15_000)
    expect(gate.canContinue()).toBe(false)
    await expect(gate.checkpoint()).rejects.toBe(error)
  })

  it('[AG3] a waiting checkpoint ends with the reason of its own signal', async () => {
    const { gate } = running()
    gate.setState('paused')
    const controller = new AbortController()
    const waiting = gate.checkpoint(controller.signal)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    gate.setState('running')
    await expect(gate.checkpoint(controller.signal)).rejects.toBe(reason)
  })
})
