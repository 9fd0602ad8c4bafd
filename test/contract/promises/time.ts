import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { changeTo, committed, type OpenHarness, worker } from '../store-harness.ts'
import { names } from './changes.ts'

export function timePromises(open: OpenHarness): void {
  describe('time', () => {
    it('[ST10] [AP3] at `notAfter`, by the store’s clock, it is too late', async () => {
      await using h = await open()
      const notAfter = h.store.now() + MINUTE
      await committed(h.store, worker, { notAfter })
      await h.advance(MINUTE)
      // Decided in time, but not committed in time.
      const late = changeTo(worker, notAfter - 1, { expectedVersion: 1, notAfter })
      const result = await h.store.commit(late)
      expect(result).toMatchObject({ status: 'too_late' })
      if (result.status === 'too_late') expect(result.now).toBeGreaterThanOrEqual(notAfter)
      expect(await h.store.load(worker)).toMatchObject({ version: 1 })
    })

    it('[ST10] the store’s clock does not go back over a restart', async () => {
      await using h = await open()
      await h.advance(MINUTE)
      await committed(h.store, worker)
      const before = h.store.now()
      await h.crash()
      expect(h.store.now()).toBeGreaterThanOrEqual(before)
    })

    it('[ST10] [PR8] a wall clock that was ahead and is set back does not stop the store’s', async () => {
      await using h = await open()
      await h.jump(DAY)
      await committed(h.store, worker)
      const before = h.store.now()
      await h.jump(-DAY)
      const notAfter = before + HOUR
      const due = [{ name: 'expiry', dueAt: notAfter }]
      await committed(h.store, worker, { expectedVersion: 1, notAfter, deadlines: { set: due } })
      expect(h.store.now()).toBe(before)
      await h.advance(HOUR)
      expect(h.store.now()).toBe(before + HOUR)
      const late = changeTo(worker, h.store.now(), { expectedVersion: 2, notAfter })
      expect(await h.store.commit(late)).toMatchObject({ status: 'too_late' })
      expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['expiry'])
      // Also over a restart it goes on from its last commit.
      await committed(h.store, worker, { expectedVersion: 2 })
      await h.crash()
      await h.advance(HOUR)
      expect(h.store.now()).toBe(before + 2 * HOUR)
      // Caught up with, the wall clock leads again.
      await h.jump(2 * DAY)
      expect(h.store.now()).toBe(before + 2 * HOUR + DAY)
    })
  })
}
