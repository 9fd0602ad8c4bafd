import { DAY, HOUR, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { agentRef, changeTo, committed, type OpenHarness, upTo, wholeFeed, worker } from '../store-harness.ts'
import { command, remember } from './changes.ts'

export function answerPromises(open: OpenHarness): void {
  describe('answers', () => {
    it('[ST4] load gives the first answer to a command', async () => {
      await using h = await open()
      await committed(h.store, worker, { remember: remember('k1') })
      const { earlier } = await h.store.load(worker, command('k1'))
      expect(earlier).toEqual({ fingerprint: 'print of k1', answer: { said: 'k1' } })
      expect((await h.store.load(worker, command('k2'))).earlier).toBeUndefined()
      expect((await h.store.load(worker)).earlier).toBeUndefined()
    })

    it('[ST4] a repeated command gets its first answer before its version is looked at', async () => {
      await using h = await open()
      await committed(h.store, worker, { remember: remember('k1') })
      const again = { remember: { ...remember('k1'), fingerprint: 'another', answer: 'another' } }
      for (const expectedVersion of [0, 1])
        expect(await h.store.commit(changeTo(worker, h.store.now(), { ...again, expectedVersion }))).toEqual({
          status: 'repeated',
          earlier: { fingerprint: 'print of k1', answer: { said: 'k1' } },
        })
      expect(await wholeFeed(h.store)).toHaveLength(1)
    })

    it('[ST4] of one command sent many times at once, one is taken', async () => {
      await using h = await open()
      const results = await Promise.all(
        upTo(10).map((n) =>
          h.store.commit(
            changeTo(agentRef(`w${n}`), h.store.now(), { remember: remember('k1', undefined, n) }),
          ),
        ),
      )
      const statuses = results.map(({ status }) => status)
      expect(statuses.filter((status) => status === 'committed')).toHaveLength(1)
      expect(statuses.filter((status) => status === 'repeated')).toHaveLength(9)
      expect(await wholeFeed(h.store)).toHaveLength(1)
    })

    it('[ST4] command ids belong to a tenant and a principal', async () => {
      await using h = await open()
      await committed(h.store, worker, { remember: remember('k1') })
      const otherTenant = await h.store.load(agentRef('worker', 'other'), command('k1'))
      const otherPrincipal = await h.store.load(worker, command('k1', 'ana'))
      expect([otherTenant.earlier, otherPrincipal.earlier]).toEqual([undefined, undefined])
      await committed(h.store, agentRef('worker', 'other'), { remember: remember('k1') })
    })

    it('[ST4] an answer for a time is kept for that time', async () => {
      await using h = await open()
      await committed(h.store, worker, { remember: remember('k1', { forMs: 10 * MINUTE }) })
      await h.advance(9 * MINUTE)
      expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
      await h.advance(2 * MINUTE)
      expect((await h.store.load(worker, command('k1'))).earlier).toBeUndefined()
      // The key is free again, even where the old answer was not cleared away yet.
      await committed(h.store, worker, { expectedVersion: 1, remember: remember('k1', undefined, 'new') })
      expect((await h.store.load(worker, command('k1'))).earlier).toMatchObject({ answer: 'new' })
    })

    it('[ST4] an answer is kept while its holder is open, and a day beyond', async () => {
      await using h = await open()
      const holder = { holder: 'item-1' }
      await committed(h.store, worker, { remember: remember('k1', holder) })
      await committed(h.store, agentRef('other'), { remember: remember('k2', { holder: 'item-2' }) })
      await h.advance(30 * DAY)
      await h.reopen()
      expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
      await committed(h.store, worker, {
        expectedVersion: 1,
        remember: remember('k3', holder),
        closeHolders: ['item-1'],
      })
      await h.advance(DAY - HOUR)
      expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
      expect((await h.store.load(worker, command('k3'))).earlier).toBeDefined()
      await h.advance(2 * HOUR)
      expect((await h.store.load(worker, command('k1'))).earlier).toBeUndefined()
      expect((await h.store.load(worker, command('k3'))).earlier).toBeUndefined()
      expect((await h.store.load(worker, command('k2'))).earlier).toBeDefined()
    })

    it('[ST4] another tenant closing a holder of the same name closes nothing here', async () => {
      await using h = await open()
      await committed(h.store, worker, { remember: remember('k1', { holder: 'item-1' }) })
      await committed(h.store, agentRef('worker', 'other'), { closeHolders: ['item-1'] })
      await h.advance(2 * DAY)
      expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
    })
  })
}
