import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rootOf } from './quota.ts'
import { code, value, World } from './testing/world.ts'

const QUOTA = 12

/** Everybody who asks in one tenant: who may is decided as the server does, one after the other. */
class Tenant {
  readonly open = new Map<string, number>()
  readonly world = new World()
  #asked = 0

  constructor() {
    this.world.start()
    this.world.policy = {
      ...this.world.policy,
      caps: { ...this.world.policy.caps, tenantOpenItems: QUOTA, openItems: 100 },
    }
  }

  get total(): number {
    return [...this.open.values()].reduce((a, b) => a + b, 0)
  }

  asks(root: string): boolean {
    const own = this.open.get(root) ?? 0
    this.world.quota = { total: this.total, own, sharers: this.open.size + (own === 0 ? 1 : 0) }
    this.world.doc = this.world.doc && { ...this.world.doc, approvals: [] }
    this.#asked += 1
    const taken = code(this.world.request('send_email', { n: this.#asked })) === 'ok'
    if (taken) this.open.set(root, own + 1)
    return taken
  }

  settles(root: string): void {
    const left = (this.open.get(root) ?? 0) - 1
    if (left > 0) this.open.set(root, left)
    else this.open.delete(root)
  }
}

describe('AP14: a tenant’s quota is shared fairly', () => {
  it('[AP14] a flood takes what nobody else wants, and then no more; whoever comes later may ask all the same', () => {
    const tenant = new Tenant()
    let flood = 0
    while (tenant.asks('flood')) flood += 1
    expect(flood).toBe(QUOTA)
    // half of the quota each, of two
    for (let n = 0; n < QUOTA / 2; n++) expect(tenant.asks('calm')).toBe(true)
    expect(tenant.asks('calm')).toBe(false)
    expect(tenant.asks('flood')).toBe(false)
    expect(tenant.asks('third')).toBe(true)
    for (let n = 0; n < QUOTA; n++) tenant.settles('flood')
    expect(tenant.asks('flood')).toBe(true)
  })

  it('[AP14] who asks is told how much is open and what their share is; what needs nobody goes on', () => {
    const world = new World()
    world.start()
    world.policy = { ...world.policy, caps: { ...world.policy.caps, tenantOpenItems: QUOTA } }
    world.quota = { total: QUOTA, own: 6, sharers: 2 }
    expect(world.request('send_email', {}).answer).toMatchObject({
      error: { code: 'rate_limited', retryable: true, details: { open: 12, own: 6, share: 6 } },
    })
    expect(code(world.ask())).toBe('rate_limited')
    expect(code(world.raise('user_request'))).toBe('rate_limited')
    expect(value(world.request('read_file', {})).verdict).toBe('go')
    world.intervene('agent.pause')
    expect(code(world.request('send_email', {}))).toBe('rate_limited')
  })

  it('[AP14] workers share with the agent that they work for', () => {
    expect([rootOf('crew'), rootOf('crew/7'), rootOf('crew/7/x'), rootOf('crews')]).toEqual([
      'crew',
      'crew',
      'crew',
      'crews',
    ])
  })

  it('[AP14] whatever is asked and settled: less than an equal share may always ask, and twice the quota is never open', () => {
    const step = fc.record({ root: fc.constantFrom('a', 'b', 'c', 'd', 'e'), settles: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const tenant = new Tenant()
        for (const { root, settles } of steps) {
          if (settles) {
            tenant.settles(root)
            continue
          }
          const own = tenant.open.get(root) ?? 0
          const sharers = tenant.open.size + (own === 0 ? 1 : 0)
          const full = tenant.total >= QUOTA
          const fair = own < Math.max(1, Math.floor(QUOTA / sharers))
          expect(tenant.asks(root)).toBe(!full || fair)
          expect(tenant.total).toBeLessThanOrEqual(2 * QUOTA)
        }
      }),
      { numRuns: 60 },
    )
  })
})
