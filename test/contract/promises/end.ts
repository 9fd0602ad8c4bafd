import { OutcomeUnknown } from '@holdpoint/server'
import { SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import {
  agentRef,
  changeTo,
  committed,
  type OpenHarness,
  TENANT,
  upTo,
  wholeFeed,
  worker,
} from '../store-harness.ts'
import { command, remember, seqs } from './changes.ts'

export function endPromises(open: OpenHarness): void {
  describe('its end', () => {
    it('[ST7] close waits for what was accepted', async () => {
      await using h = await open()
      const accepted = upTo(25).map((n) => committed(h.store, agentRef(`w${n}`)))
      const closed = h.store.close()
      expect((await Promise.all(accepted)).map(({ version }) => version)).toEqual(upTo(25).map(() => 1))
      await closed
      await h.reopen()
      expect(await wholeFeed(h.store)).toHaveLength(25)
    })

    it('[ST7] afterwards every call rejects, and closing again is harmless', async () => {
      await using h = await open()
      const { store } = h
      await committed(store, worker)
      const partition = store.partitionOf(TENANT)
      await store.close()
      const calls = [
        () => store.load(worker),
        () => store.commit(changeTo(worker, store.now())),
        () => store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 }),
        () => store.record(TENANT, 'approval', 'a1'),
        () => store.records({ tenant: TENANT, kind: 'approval', limit: 1 }),
        () => store.countOpen(TENANT),
        () => store.blob(TENANT, 'sha256:1'),
        () => store.head(partition),
        () => store.heads(),
        () => store.readFeed(partition, 0, 1),
        () => store.hashAt(partition, 1),
        () => store.readPushes(TENANT, 'worker', 0, 1),
        () => store.history({ tenant: TENANT, limit: 1 }),
        () => store.claimDeadlines(1, SECOND),
        () => store.nextDeadlineAt(),
        () => store.confirmArchived(partition, 1, ''),
        () => store.trim(partition, 1),
      ]
      for (const call of calls) await expect(call(), String(call)).rejects.toThrow('closed')
      await store.close()
    })

    it.each(['kept', 'lost'] as const)(
      '[ST8] a commit whose outcome was lost (%s) is unknown, and its command id tells later',
      async (how) => {
        await using h = await open()
        await committed(h.store, worker)
        h.failNextCommit(how)
        const change = changeTo(worker, h.store.now(), { expectedVersion: 1, remember: remember('k1') })
        await expect(h.store.commit(change)).rejects.toBeInstanceOf(OutcomeUnknown)
        await h.crash()
        const { version, earlier } = await h.store.load(worker, command('k1'))
        expect(version).toBe(how === 'kept' ? 2 : 1)
        expect(earlier?.answer).toEqual(how === 'kept' ? { said: 'k1' } : undefined)
        const again = await h.store.commit(change)
        expect(again.status).toBe(how === 'kept' ? 'repeated' : 'committed')
        expect(seqs(await wholeFeed(h.store))).toEqual([1, 2])
      },
    )
  })
}
