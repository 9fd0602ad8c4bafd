import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { agentRef, committed, type OpenHarness, worker } from '../store-harness.ts'
import { names } from './changes.ts'

export function deadlinePromises(open: OpenHarness): void {
  describe('deadlines', () => {
    it('[ST10] are due at their time by the store’s clock, not before', async () => {
      await using h = await open()
      const dueAt = h.store.now() + MINUTE
      await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
      expect(await h.store.nextDeadlineAt()).toBe(dueAt)
      expect(await h.store.claimDeadlines(10, SECOND)).toEqual([])
      await h.advance(MINUTE)
      expect(await h.store.claimDeadlines(10, SECOND)).toEqual([{ ref: worker, name: 'expiry', dueAt }])
    })

    it('[ST6] a claim keeps others away until its lease ends, then it comes back', async () => {
      await using h = await open()
      const dueAt = h.store.now()
      await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
      const claimedAt = h.store.now()
      expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
      expect(await h.store.claimDeadlines(10, 30 * SECOND)).toEqual([])
      expect(await h.store.nextDeadlineAt()).toBeGreaterThanOrEqual(claimedAt + 30 * SECOND)
      await h.advance(31 * SECOND)
      expect(await h.store.claimDeadlines(10, 30 * SECOND)).toEqual([{ ref: worker, name: 'expiry', dueAt }])
    })

    it('[ST6] a claim whose claimer died comes back', async () => {
      await using h = await open()
      await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt: h.store.now() }] } })
      expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
      await h.crash()
      await h.advance(31 * SECOND)
      expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
    })

    it('[ST6] a claimed deadline that a commit clears is gone', async () => {
      await using h = await open()
      const set = [
        { name: 'expiry', dueAt: h.store.now() },
        { name: 'reminder', dueAt: h.store.now() },
      ]
      await committed(h.store, worker, { deadlines: { set } })
      expect(await h.store.claimDeadlines(10, SECOND)).toHaveLength(2)
      await committed(h.store, worker, {
        expectedVersion: 1,
        deadlines: { clear: ['expiry', 'never was'] },
      })
      await h.advance(MINUTE)
      expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['reminder'])
    })

    it('[ST6] a deadline that is set anew has its new time, and nobody’s claim', async () => {
      await using h = await open()
      const dueAt = h.store.now()
      await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
      expect(await h.store.claimDeadlines(10, HOUR)).toHaveLength(1)
      const later = dueAt + MINUTE
      await committed(h.store, worker, {
        expectedVersion: 1,
        deadlines: { clear: ['expiry'], set: [{ name: 'expiry', dueAt: later }] },
      })
      expect(await h.store.claimDeadlines(10, HOUR)).toEqual([])
      expect(await h.store.nextDeadlineAt()).toBe(later)
      await h.advance(MINUTE)
      expect(await h.store.claimDeadlines(10, HOUR)).toEqual([{ ref: worker, name: 'expiry', dueAt: later }])
    })

    it('are claimed oldest first, each by one claimer', async () => {
      await using h = await open()
      const start = h.store.now()
      const order = [4, 1, 5, 2, 3]
      for (const n of order)
        await committed(h.store, agentRef(`w${n}`), {
          deadlines: { set: [{ name: `d${n}`, dueAt: start + n }] },
        })
      await h.advance(SECOND)
      const [first, second] = await Promise.all([
        h.store.claimDeadlines(3, MINUTE),
        h.store.claimDeadlines(3, MINUTE),
      ])
      expect([...names(first), ...names(second)]).toEqual(['d1', 'd2', 'd3', 'd4', 'd5'])
    })

    it('[PR5] last longer than a timer can, and over a restart', async () => {
      await using h = await open()
      const dueAt = h.store.now() + 40 * DAY
      await committed(h.store, worker, { deadlines: { set: [{ name: 'far', dueAt }] } })
      await h.advance(39 * DAY)
      await h.reopen()
      expect(await h.store.claimDeadlines(10, SECOND)).toEqual([])
      await h.advance(2 * DAY)
      expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['far'])
    })
  })
}
