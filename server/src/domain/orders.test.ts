import { builtInPolicy, type PersonRole, type Target } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { decideAccess, isRevoked, nothingRevoked } from './access.ts'
import { decideOrders, isOrderTarget, isUnderOrder, noOrders, type OrdersDocument } from './orders.ts'

const at = Date.parse('2026-01-05T09:00:00Z')
const by = (role: PersonRole) => ({ id: 'ana', role })

/** Orders placed one after the other. */
function placed(...orders: readonly (readonly ['pause' | 'stop', Target])[]): OrdersDocument {
  return orders.reduce((doc, [effect, target], n) => {
    const command = { type: 'order.place', effect, target, reason: 'All hands.', by: by('operator') } as const
    const { effects } = decideOrders(doc, command, { at, id: `order-${n}`, policy: builtInPolicy })
    if (!effects) throw new Error('not placed')
    return effects.doc
  }, noOrders)
}
const decide = (doc: OrdersDocument, command: Parameters<typeof decideOrders>[1]) =>
  decideOrders(doc, command, { at, id: 'fresh', policy: builtInPolicy })

describe('orders', () => {
  it.each([
    [{ agent: 'a' }, false],
    [{ agent: 'a', children: false }, false],
    [{ agent: 'a', children: true }, true],
    [{ labels: 'team=x' }, true],
    [{ all: true }, true],
  ] as const)('[AG7] %o is one durable order: %s', (target, expected) => {
    expect(isOrderTarget(target)).toBe(expected)
  })
  it('[AG7] binds who matches, now and later', () => {
    const doc = placed(
      ['pause', { labels: 'team=payments,env!=prod' }],
      ['stop', { agent: 'a', children: true }],
    )
    const isHeld = (id: string, labels: Record<string, string>) => isUnderOrder(doc, { id, labels })
    expect(isHeld('b', { team: 'payments' })).toBe(true)
    expect(isHeld('b', { team: 'payments', env: 'prod' })).toBe(false)
    expect(isHeld('a/child', {})).toBe(true)
    expect(isHeld('ab', {})).toBe(false)
  })
  it('[AG7] is recorded with a deadline, so that an unfinished fan-out is taken up again', () => {
    const command = {
      type: 'order.place',
      effect: 'stop',
      target: { all: true },
      reason: 'r',
      by: by('operator'),
    } as const
    const { effects } = decide(noOrders, command)
    expect(effects).toMatchObject({
      doc: { version: 1, standing: [{ id: 'fresh' }], unfinished: [{ id: 'fresh' }] },
      events: [{ type: 'order.placed', by: 'ana' }],
      records: [{ kind: 'order', status: 'standing', open: true }],
      deadlines: { set: [{ name: 'fan-out:fresh', dueAt: at + 5_000 }] },
    })
  })
  it('[AG7] a fan-out that a lift has overtaken does not count as finished', () => {
    const doc = placed(['pause', { all: true }])
    const lifted = decide(doc, { type: 'order.lift', id: 'order-0', reason: 'r', by: by('operator') }).effects
      ?.doc
    if (!lifted) throw new Error('not lifted')
    expect(decide(lifted, { type: 'order.recorded', id: 'order-0', version: 1 }).effects).toBeUndefined()
    const done = decide(lifted, { type: 'order.recorded', id: 'order-0', version: 2 }).effects
    expect(done).toMatchObject({ doc: { unfinished: [] }, deadlines: { clear: ['fan-out:order-0'] } })
  })
  it.each([
    ['pause', 'operator', 'ok'],
    ['stop', 'operator', 'forbidden'],
    ['stop', 'approver', 'ok'],
  ] as const)('[AG7] a standing %s lifted by a person with role %s: %s', (effect, role, expected) => {
    const { answer } = decide(placed([effect, { all: true }]), {
      type: 'order.lift',
      id: 'order-0',
      reason: 'r',
      by: by(role),
    })
    expect(answer.ok ? 'ok' : answer.error.code).toBe(expected)
  })
  it('[AG7] what does not stand can not be lifted', () => {
    expect(
      decide(noOrders, { type: 'order.lift', id: 'x', reason: 'r', by: by('admin') }).answer,
    ).toMatchObject({
      error: { code: 'not_found' },
    })
  })
  it('[AG7] a selector that can not be read is refused, and orders are capped', () => {
    const place = (doc: OrdersDocument, target: Target) =>
      decide(doc, { type: 'order.place', effect: 'pause', target, reason: 'r', by: by('operator') }).answer
    expect(place(noOrders, { labels: 'team' })).toMatchObject({ error: { code: 'invalid' } })
    const full = placed(...Array.from({ length: 100 }, () => ['pause', { all: true }] as const))
    expect(place(full, { all: true })).toMatchObject({ error: { code: 'rate_limited' } })
  })
  it('[AG7] whatever stands, everybody can be stopped, and paused', () => {
    const target = { labels: 'team=x' } as const
    const full = placed(...Array.from({ length: 100 }, () => ['pause', target] as const))
    const ordering = (effect: 'pause' | 'stop', selector: Target) =>
      ({ type: 'order.place', effect, target: selector, reason: 'Now.', by: by('operator') }) as const
    expect(decide(full, ordering('stop', target)).answer).toMatchObject({ error: { code: 'rate_limited' } })
    const stopped = decide(full, ordering('stop', { all: true })).effects?.doc ?? noOrders
    expect(isUnderOrder(stopped, { id: 'anybody', labels: {} })).toBe(true)
    const both = decide(stopped, ordering('pause', { all: true })).effects?.doc ?? noOrders
    expect(both.standing).toHaveLength(102)
    for (const effect of ['pause', 'stop'] as const)
      expect(decide(both, ordering(effect, { all: true })).answer).toMatchObject({ ok: false })
  })
})

describe('revocations', () => {
  const revoke = (what: { jti?: string; subject?: string }, askedAt = at) =>
    decideAccess(
      nothingRevoked,
      { type: 'token.revoke', ...what, reason: 'Lost.', by: by('admin'), askedAt },
      at,
    )
  it('[ID3] one token, or all of a subject until now', () => {
    const one = revoke({ jti: 'j' }).effects?.doc ?? nothingRevoked
    expect(isRevoked(one, { id: 'ana', jti: 'j', issuedAt: at })).toBe(true)
    expect(isRevoked(one, { id: 'ana', jti: 'k', issuedAt: at })).toBe(false)
    const all = revoke({ subject: 'ana' }).effects?.doc ?? nothingRevoked
    expect(isRevoked(all, { id: 'ana', jti: 'k', issuedAt: at })).toBe(true)
    expect(isRevoked(all, { id: 'ana', jti: 'k', issuedAt: at + 1 })).toBe(false)
    expect(isRevoked(all, { id: 'constructor', jti: 'k', issuedAt: at })).toBe(false)
  })
  it('[ID3] also what was issued by a wall clock that is a little ahead of what the node takes for the store’s', () => {
    const all = revoke({ subject: 'ana' }, at + 5).effects?.doc ?? nothingRevoked
    expect(isRevoked(all, { id: 'ana', jti: 'k', issuedAt: at + 5 })).toBe(true)
    expect(isRevoked(all, { id: 'ana', jti: 'k', issuedAt: at + 6 })).toBe(false)
  })
  it('[ID3] names exactly one', () => {
    expect(revoke({}).answer).toMatchObject({ error: { code: 'invalid' } })
    expect(revoke({ jti: 'j', subject: 'ana' }).answer).toMatchObject({ error: { code: 'invalid' } })
  })
})
