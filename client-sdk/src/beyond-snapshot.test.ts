import type { ApprovalView, EventView, TicketView } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBeyondSnapshot } from './beyond-snapshot.ts'
import { Replica } from './replica.ts'

const IN_SNAPSHOT = 2
const IN_PAGE = 2

/** A server's approvals and its log, and a console that lags behind it. */
function deployment() {
  const open = new Map<string, ApprovalView>()
  const log: EventView[] = []
  const replica = new Replica()
  let made = 0
  let fed = 0
  const log1 = (id: string, status: 'pending' | 'approved', revision: number) => {
    const view = { id, status, revision } as ApprovalView
    if (status === 'pending') open.set(id, view)
    else open.delete(id)
    log.push({ seq: log.length + 1, at: '', type: 'a.b', data: { approval: view } })
  }
  return {
    replica,
    open,
    request() {
      made += 1
      log1(`a${String(made).padStart(4, '0')}`, 'pending', 1)
    },
    /** Edits or decides one of those that wait. */
    touch(which: number, status: 'pending' | 'approved') {
      const view = [...open.values()][which % Math.max(1, open.size)]
      if (view) log1(view.id, status, view.revision + 1)
    },
    feed() {
      if (fed < log.length) replica.take(log.slice(fed, ++fed))
    },
    snapshot() {
      fed = log.length
      const approvals = [...open.values()].slice(0, IN_SNAPSHOT)
      replica.reset(
        { approvals, tickets: [], orders: [], counts: { agents: 1, approvals: open.size, tickets: 0 } },
        log.length,
      )
    },
    page(after: string) {
      const rest = [...open.values()].filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1))
      const approvals = rest.slice(0, IN_PAGE)
      return { approvals, ...(rest.length > IN_PAGE && { nextCursor: approvals.at(-1)?.id }) }
    },
  }
}

type Deployment = ReturnType<typeof deployment>
const step = fc.oneof(
  fc.constant((one: Deployment) => one.request()),
  fc.nat(20).map((which) => (one: Deployment) => one.touch(which, 'approved')),
  fc.nat(20).map((which) => (one: Deployment) => one.touch(which, 'pending')),
  fc.constant((one: Deployment) => one.feed()),
  fc.constant((one: Deployment) => one.feed()),
)

describe('what a snapshot had no room for', () => {
  it('[PR4] is read page by page, whatever happens meanwhile, and ends in what is so', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 12 }),
        fc.option(fc.nat(5), { nil: undefined }),
        async (before, meanwhile, again) => {
          const one = deployment()
          for (let n = 0; n < before; n++) one.request()
          one.snapshot()
          const moments = [...meanwhile]
          const live = () => {
            for (const act of moments.shift() ?? []) act(one)
          }
          let asked = 0
          await readBeyondSnapshot({
            replica: one.replica,
            took: () => {},
            ask: async (event, { cursor }: { cursor?: string }) => {
              asked += 1
              if (asked - 1 === again) one.snapshot()
              live()
              const page = one.page(cursor ?? '')
              live()
              return event === 'approval.list' ? page : { tickets: [] }
            },
          })
          for (const _ of one.open) one.feed()
          for (let n = 0; n < 200; n++) one.feed()
          expect(one.replica.loaded).toBe('whole')
          expect(Object.fromEntries(one.replica.approvals)).toEqual(Object.fromEntries(one.open))
          expect(one.replica.counts.approvals).toBe(one.open.size)
        },
      ),
    ))

  it('is not asked for where all of it was there', async () => {
    const replica = new Replica()
    const ticket = { id: 't', status: 'open' } as TicketView
    const counts = { agents: 0, approvals: 0, tickets: 1 }
    replica.reset({ approvals: [], tickets: [ticket], orders: [], counts }, 1)
    await readBeyondSnapshot({ replica, took: () => {}, ask: () => Promise.reject(new Error('asked')) })
    expect(replica.loaded).toBe('whole')
  })
})
