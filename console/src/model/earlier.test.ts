import type { EventPage, HistoryQuery } from '@holdpoint/client/operator'
import type { EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { readEarlier } from './earlier.ts'

const AT = '2026-01-01T00:00:00.000Z'
const fact = (id: string, status: string, action = 'payment') =>
  ({
    type: `approval.${status}`,
    data: { approval: { id, action, status, stages: { decided: { at: AT } } } },
  }) as unknown as EventView

/** A log, the newest first, in pages as the server gives them. */
const log =
  (facts: readonly EventView[]) =>
  (query: HistoryQuery): Promise<EventPage> => {
    const all = facts.filter(({ type }) => query.type === type)
    const from = Number(query.cursor ?? 0)
    const to = from + (query.limit ?? 100)
    return Promise.resolve({
      events: all.slice(from, to),
      ...(to < all.length && { nextCursor: String(to) }),
    })
  }
const asked = { id: 'this', agent: 'payer', action: 'payment' }
const many = (count: number, status: string, action: string) =>
  Array.from({ length: count }, (_, at) => fact(`${status}-${action}-${at}`, status, action))

it('what policy released by itself washes no denial away', async () => {
  const facts = [
    ...many(900, 'auto_approved', 'read_file'),
    fact('a', 'denied'),
    fact('b', 'expired'),
    fact('this', 'denied'),
  ]
  expect(await readEarlier(log(facts), asked)).toEqual({
    counts: [
      ['denied', 1],
      ['expired', 1],
    ],
    amongLatest: undefined,
  })
})

it('a denial beyond the first page is found, and where not all was looked through it says so', async () => {
  const far = [...many(350, 'denied', 'send_email'), fact('a', 'denied')]
  expect(await readEarlier(log(far), asked)).toEqual({ counts: [['denied', 1]], amongLatest: undefined })
  const beyond = [...many(650, 'denied', 'send_email'), fact('a', 'denied')]
  expect(await readEarlier(log(beyond), asked)).toEqual({ counts: [], amongLatest: 600 })
  const often = many(500, 'approved', 'payment')
  expect(await readEarlier(log(often), asked)).toEqual({ counts: [['approved', 200]], amongLatest: 200 })
})
