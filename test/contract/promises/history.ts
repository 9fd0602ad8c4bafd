import { SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { agentRef, committed, type OpenHarness, TENANT, upTo, wholeFeed } from '../store-harness.ts'

export function historyPromises(open: OpenHarness): void {
  describe('history', () => {
    const types = [
      'approval.requested',
      'approval.approved',
      'approvals.odd',
      'agent.paused',
      'ticket.opened',
    ]
    const people = ['ana', 'bo', undefined]

    it('answers every combination of filters, newest first, page by page', async () => {
      await using h = await open()
      const start = h.store.now()
      for (const n of upTo(60)) {
        const agent = `w${n % 4}`
        const by = people[n % 3]
        await committed(h.store, agentRef(`doc-${n}`), {
          // Some are decided before, and committed after others.
          at: start + n * SECOND - (n % 5 === 0 ? 3 * SECOND : 0),
          events: [{ type: types[n % 5] ?? '', agent, ...(by ? { by } : {}), data: { n } }],
        })
      }
      await committed(h.store, agentRef('w1', 'other'))
      const all = (await wholeFeed(h.store)).toReversed()
      for (const agent of [undefined, 'w1', 'nobody'])
        for (const type of [undefined, 'agent.paused', 'approval.*', 'approvals.*', 'nothing.*'])
          for (const by of [undefined, 'ana'])
            for (const from of [undefined, start + 20 * SECOND])
              for (const to of [undefined, start + 53 * SECOND])
                for (const before of [undefined, 40]) {
                  const expected = all.filter(
                    (event) =>
                      (agent === undefined || event.agent === agent) &&
                      (by === undefined || event.by === by) &&
                      (from === undefined || event.at >= from) &&
                      (to === undefined || event.at < to) &&
                      (before === undefined || event.seq < before) &&
                      (type === undefined ||
                        (type.endsWith('*')
                          ? event.type.startsWith(type.slice(0, -1))
                          : event.type === type)),
                  )
                  const filter = Object.fromEntries(
                    Object.entries({ agent, type, by, from, to, before }).filter(
                      ([, value]) => value !== undefined,
                    ),
                  )
                  const found = await h.store.history({ tenant: TENANT, ...filter, limit: 6 })
                  expect(found, JSON.stringify(filter)).toEqual(expected.slice(0, 6))
                }
      expect(await h.store.history({ tenant: 'nobody', limit: 5 })).toEqual([])
    })
  })
}
