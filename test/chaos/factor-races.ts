import { DAY, MINUTE, SECOND } from '@holdpoint/shared'
import { expect } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

const LONG = { ttlMs: 300 * DAY }
const UNBOUND = { ratePerSecond: 10_000, burst: 100_000 }

/** Two connections of one person spend one code on two payments at the same moment, so many times. */
export async function racePairs(pairs: number): Promise<void> {
  const clock = manualClock()
  await using cp = await controlPlane({ clock, parts: { limits: UNBOUND } })
  const root = await cp.operatorSocket({ subject: 'root', ...LONG })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const connections = [
    await cp.operatorSocket({ subject: 'ana', ...LONG }),
    await cp.operatorSocket({ subject: 'ana', ...LONG }),
  ] as const
  const agent = await startAgent(await cp.agentSocket({ subject: 'payer', ...LONG }))
  const payment = async (n: number) => (await agent.ask('payment', { n }, { blocking: false })).approval
  const app = await enrolFactor(connections[0], clock.now)
  for (let n = 0; n < pairs; n++) {
    // the wall clock alone: a fresh code, and what lost the last race is forgiven
    clock.jump(15 * MINUTE + 30 * SECOND)
    // what was released and never begun lapses
    await clock.advance(5 * SECOND)
    const pair = [await payment(2 * n), await payment(2 * n + 1)]
    const factor = { totp: app.code(clock.now()) }
    const told = await Promise.all(
      connections.map((socket, at) =>
        socket.request('approval.approve', { key: freshKey(), ...shown(pair[at]), factor }),
      ),
    )
    const codes = told.map(({ ok, error }) => (ok ? 'ok' : error?.code)).toSorted()
    expect(codes, `pair ${n}`).toEqual(['ok', 'second_factor_invalid'])
    for (const { id } of pair) await agent.socket.request('approval.cancel', { id, reason: 'next' })
  }
}
