import { expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import type { Principal } from './principal.ts'
import { createTokenCache } from './token-cache.ts'

const time = { ms: 0 }
const clock: Clock = {
  now: () => expect.unreachable('a wall clock may jump'),
  monotonicMs: () => time.ms,
  after: () => expect.unreachable('nothing is dropped by a timer'),
}
const ana: Principal = {
  tenant: 'acme',
  id: 'ana',
  role: 'viewer',
  labels: {},
  jti: 'j1',
  issuedAt: 0,
  expiresAt: 1,
}

it('[ID1] a verified token is believed for its time and no longer, however often it is used', () => {
  time.ms = 0
  const cache = createTokenCache(clock, 100, 10)
  cache.put('a', ana)
  for (const ms of [50, 99]) {
    time.ms = ms
    expect(cache.get('a')).toBe(ana)
  }
  time.ms = 100
  expect(cache.get('a')).toBeUndefined()
})

it('[ID1] never more than its entries, the least recently used dropped first', () => {
  const cache = createTokenCache(clock, 100, 4)
  cache.put('a', ana)
  cache.put('b', ana)
  cache.get('a')
  cache.put('c', ana)
  expect(['a', 'b', 'c'].map((token) => cache.get(token)?.id)).toEqual(['ana', undefined, 'ana'])
})
