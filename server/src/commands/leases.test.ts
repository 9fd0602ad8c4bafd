import { expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { createLeaseTable } from './leases.ts'

const agent = { tenant: 'default', id: 'worker' }

function clockAt(): Clock & { elapsed: number } {
  return {
    elapsed: 1_000,
    now: () => 0,
    monotonicMs() {
      return this.elapsed
    },
    after: () => () => {},
  }
}

it('[AG4] a lease counts longer here than there: by the slowest clock that is allowed, and a little more', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock)
  leases.grant(agent, 'one', 15_000)
  expect(leases.shownMs(agent)).toBe(15_000)
  expect(leases.leftMs(agent, 15_000)).toBe(15_080)
  clock.elapsed += 15_079
  expect(leases.shownMs(agent)).toBe(0)
  expect(leases.leftMs(agent, 15_000)).toBe(1)
  clock.elapsed += 1
  expect(leases.leftMs(agent, 15_000)).toBe(0)
})

it('[AG4] what the process before granted is assumed to be out for as long as it may be', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock)
  expect(leases.leftMs(agent, 15_000)).toBe(15_080)
  expect(leases.shownMs(agent)).toBe(0)
  clock.elapsed += 15_080
  expect(leases.leftMs(agent, 15_000)).toBe(0)
})

it('[AG6] what a lost history forgot is out once the longest lease is over since this node started', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock, { isShared: true })
  clock.elapsed += 10_000
  expect(leases.leftOfFormerMs(15_000)).toBe(5_080)
  clock.elapsed += 5_080
  expect(leases.leftOfFormerMs(15_000)).toBe(0)
})

it('[AG4] a shorter renewal does not shorten what was granted before', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock)
  leases.grant(agent, 'one', 60_000)
  leases.grant(agent, 'one', 1_000)
  expect(leases.leftMs(agent, 1_000)).toBe(60_170)
})

it('[AG6] a lease that was given back is not waited for', () => {
  const leases = createLeaseTable(clockAt())
  leases.grant(agent, 'one', 15_000)
  leases.release(agent)
  expect(leases.leftMs(agent, 15_000)).toBe(0)
})

it('[AG6] another process gets no lease before the last one is certainly out, and the same one does', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock)
  expect(leases.grant(agent, 'one', 1_000)).toBe(1_000)
  expect(leases.grant(agent, 'two', 1_000)).toBe(0)
  expect(leases.grant(agent, 'one', 1_000)).toBe(1_000)
  clock.elapsed += 1_051
  expect(leases.grant(agent, 'two', 1_000)).toBe(0)
  clock.elapsed += 1
  expect(leases.grant(agent, 'two', 1_000)).toBe(1_000)
  leases.release(agent)
  expect(leases.grant(agent, 'three', 1_000)).toBe(1_000)
})

it('[AG4] while no stop could be written nothing is granted, and what was granted is still waited for', () => {
  const clock = clockAt()
  let writable = true
  const leases = createLeaseTable(clock, { mayGrant: () => writable })
  leases.grant(agent, 'one', 1_000)
  writable = false
  clock.elapsed += 500
  expect(leases.grant(agent, 'one', 1_000)).toBe(0)
  expect([leases.shownMs(agent), leases.leftMs(agent, 1_000)]).toEqual([500, 552])
  writable = true
  expect(leases.grant(agent, 'two', 1_000)).toBe(0)
  expect(leases.grant(agent, 'one', 1_000)).toBe(1_000)
})

it('[AG4] a lease never lasts longer than from when the store was last read', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock, { isShared: true })
  const readAt = clock.elapsed
  clock.elapsed += 600
  expect(leases.grant(agent, 'one', 15_000, readAt)).toBe(14_400)
  clock.elapsed += 14_399
  expect(leases.grant(agent, 'one', 15_000, readAt)).toBe(1)
  clock.elapsed += 1
  expect(leases.grant(agent, 'one', 15_000, readAt)).toBe(0)
  expect(leases.grant(agent, 'one', 15_000, Number.NEGATIVE_INFINITY)).toBe(0)
})

it('[AG6] what other nodes granted is over a lease after a fence was seen, by our own clock, and never before', () => {
  const clock = clockAt()
  const leases = createLeaseTable(clock, { isShared: true })
  const fence = { name: 'contest 1.1 5', lastsMs: 1_000 }
  expect(leases.leftMs(agent, 0)).toBe(0)
  expect(leases.leftMs(agent, 1_000)).toBe(1_052)
  clock.elapsed += 10_000
  expect(leases.leftMs(agent, 1_000)).toBe(1_052)
  leases.fenced(agent, fence.name)
  clock.elapsed += 1_051
  expect(leases.leftMs(agent, 1_000, fence)).toBe(1)
  leases.fenced(agent, fence.name)
  clock.elapsed += 1
  expect(leases.leftMs(agent, 1_000, fence)).toBe(0)
  expect(leases.leftMs(agent, 1_000, { ...fence, name: 'contest 1.1 9' })).toBe(1_052)
})
