import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lease, type Sent } from './lease.ts'
import { manualClocks } from './testing/manual-clocks.ts'

describe('lease', () => {
  it('[AG4] counts from when the renewal was sent, not from when its answer came', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    const sent = lease.sending()
    clocks.advance(10_000)
    lease.granted(sent, 15_000)
    expect(lease.isLive()).toBe(true)
    clocks.advance(4_999)
    expect(lease.isLive()).toBe(true)
    clocks.advance(1)
    expect(lease.isLive()).toBe(false)
  })

  it('[AG4] is never live before its first grant', () => {
    expect(new Lease(manualClocks()).isLive()).toBe(false)
  })

  it('[AG4] has run out when the wall clock says so: a machine that slept', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    lease.granted(lease.sending(), 15_000)
    clocks.sleep(15_000)
    expect(lease.isLive()).toBe(false)
  })

  it('[AG4] has run out when the monotonic clock says so: a wall clock that was set back', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    lease.granted(lease.sending(), 15_000)
    clocks.advance(15_000)
    clocks.setWall(0)
    expect(lease.isLive()).toBe(false)
  })

  it.each([
    ['long before it slept', 60_000, 1_000, 9_000],
    ['right before it slept, and by less', 5_000, 0, 9_000],
    ['while it slept, and by more', 9_000, 0, 5_000],
    ['while it slept, and by nearly as much', 9_041, 0, 9_000],
  ])(
    '[AG4] [PR8] is out on a machine whose wall clock was set back %s: neither clock tells for how long',
    (_, setBackMs, awakeMs, asleepMs) => {
      const clocks = manualClocks()
      const lease = new Lease(clocks)
      lease.granted(lease.sending(), 15_000)
      clocks.setWall(clocks.wall() - setBackMs)
      clocks.advance(awakeMs)
      clocks.sleep(asleepMs)
      expect(lease.isLive()).toBe(false)
      lease.granted(lease.sending(), 15_000)
      expect(lease.isLive()).toBe(true)
    },
  )

  it('[AG4] [PR8] no set-back hides a sleep from it but one that is just as long', () => {
    const sleeps = fc.record({ setBackMs: fc.nat(20_000), asleepMs: fc.nat(20_000), awakeMs: fc.nat(20_000) })
    fc.assert(
      fc.property(sleeps, ({ setBackMs, asleepMs, awakeMs }) => {
        const clocks = manualClocks()
        const lease = new Lease(clocks)
        lease.granted(lease.sending(), 15_000)
        clocks.setWall(clocks.wall() - setBackMs)
        clocks.sleep(asleepMs)
        clocks.advance(awakeMs)
        const isHidden = Math.abs(asleepMs - setBackMs) <= 40
        expect(lease.isLive()).toBe(isHidden && awakeMs < 15_000 && asleepMs + awakeMs - setBackMs < 15_000)
      }),
      { numRuns: 2_000, examples: [[{ setBackMs: 9_041, asleepMs: 9_000, awakeMs: 0 }]] },
    )
  })

  it('[AG4] a wall clock that is read in whole milliseconds costs a lease that is looked at all the time nothing', () => {
    const clocks = manualClocks()
    const lease = new Lease({ ...clocks, wall: () => Math.floor(clocks.wall()) })
    lease.granted(lease.sending(), 15_000)
    for (let n = 1; n < 4 * 14_999; n++) {
      clocks.advance(0.25)
      if (!lease.isLive()) expect.fail(`it ran out after ${n / 4} ms`)
    }
  })

  it('[AG4] a reply to what was sent before a refused renewal revives nothing', () => {
    const lease = new Lease(manualClocks())
    const older = lease.sending()
    const newer = lease.sending()
    lease.granted(newer, 0)
    lease.granted(older, 15_000)
    expect(lease.isLive()).toBe(false)
    lease.granted(lease.sending(), 15_000)
    expect(lease.isLive()).toBe(true)
  })

  it('[AG4] a late, shorter grant does not cut a longer one that stands', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    const first = lease.sending()
    const second = lease.sending()
    lease.granted(second, 15_000)
    lease.granted(first, 1_000)
    clocks.advance(14_999)
    expect(lease.isLive()).toBe(true)
  })

  it('[AG3] once ended it stays ended', () => {
    const lease = new Lease(manualClocks())
    const sent = lease.sending()
    lease.end()
    lease.granted(sent, 15_000)
    lease.granted(lease.sending(), 15_000)
    expect(lease.isLive()).toBe(false)
  })

  it('[AG4] [PR8] a wall clock that was ahead when an older renewal left has no say in the newer one', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    clocks.setWall(clocks.wall() + 3_600_000)
    lease.granted(lease.sending(), 15_000)
    clocks.setWall(clocks.wall() - 3_600_000)
    lease.granted(lease.sending(), 15_000)
    expect(lease.isLive()).toBe(true)
    clocks.sleep(15_000)
    expect(lease.isLive()).toBe(false)
  })

  it('[AG4] a shorter grant that was sent later cuts a longer one', () => {
    const clocks = manualClocks()
    const lease = new Lease(clocks)
    lease.granted(lease.sending(), 15_000)
    lease.granted(lease.sending(), 1_000)
    clocks.advance(1_000)
    expect(lease.isLive()).toBe(false)
  })

  it('[AG4] [PR8] whatever is lost, late, or jumps: live exactly while the last-sent grant stands by both clocks, and they agree', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const) }),
      fc.record({
        kind: fc.constant('reply' as const),
        which: fc.nat(20),
        ttlMs: fc.constantFrom(0, 500, 15_000),
      }),
      fc.record({ kind: fc.constant('lose' as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(6_000) }),
      fc.record({ kind: fc.constant('sleep' as const), ms: fc.nat(20_000) }),
      fc.record({ kind: fc.constant('wall' as const), ms: fc.integer({ min: -60_000, max: 60_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clocks = manualClocks()
        const lease = new Lease(clocks)
        const out: { readonly sent: Sent; readonly monotonic: number; readonly wall: number }[] = []
        const take = (which: number) => out.splice(which % Math.max(1, out.length), 1)[0]
        let stands: { readonly monotonic: number; readonly wall: number; readonly ttlMs: number } | undefined
        let newest = 0
        let floor = 0
        for (const one of steps) {
          if (one.kind === 'send')
            out.push({ sent: lease.sending(), monotonic: clocks.monotonic(), wall: clocks.wall() })
          if (one.kind === 'advance') clocks.advance(one.ms)
          if (one.kind === 'sleep') clocks.sleep(one.ms)
          if (one.kind === 'wall') clocks.setWall(clocks.wall() + one.ms)
          if (one.kind === 'lose') take(one.which)
          const taken = one.kind === 'reply' ? take(one.which) : undefined
          if (one.kind === 'reply' && taken) {
            const { sent } = taken
            lease.granted(sent, one.ttlMs)
            if (one.ttlMs === 0) {
              stands = undefined
              floor = Math.max(floor, sent.order)
            } else if (sent.order > Math.max(floor, newest)) {
              stands = { monotonic: taken.monotonic, wall: taken.wall, ttlMs: one.ttlMs }
              newest = sent.order
            }
          }
          const [byMonotonic, byWall] = stands
            ? [clocks.monotonic() - stands.monotonic, clocks.wall() - stands.wall]
            : [0, 0]
          const live =
            stands !== undefined &&
            Math.max(byMonotonic, byWall) < stands.ttlMs &&
            Math.abs(byMonotonic - byWall) <= 40
          expect(lease.isLive()).toBe(live)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
