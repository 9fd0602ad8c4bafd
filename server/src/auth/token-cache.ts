import { hash } from 'node:crypto'
import QuickLRU from 'quick-lru'
import type { Clock } from '../clock.ts'
import type { Principal } from './principal.ts'

/** Verified tokens, so that a reconnect costs no signature check. */
export interface TokenCache {
  /** Undefined where it is not known, or was verified too long ago. Expiry is the caller's to check, at each use. */
  get(token: string): Principal | undefined
  put(token: string, principal: Principal): void
}

/** Keeps up to `maxEntries` (an even number), each for `maxAgeMs` from its verification, and at least half of them: the last used. */
export function createTokenCache(clock: Clock, maxAgeMs: number, maxEntries: number): TokenCache {
  // by their hashes: a token is ten times as long, and whoever sees this memory should find none
  const entries = new QuickLRU<string, { readonly principal: Principal; readonly until: number }>({
    maxSize: maxEntries / 2,
  })
  return {
    get(token) {
      const entry = entries.get(keyOf(token))
      return entry && clock.monotonicMs() < entry.until ? entry.principal : undefined
    },
    put(token, principal) {
      entries.set(keyOf(token), { principal, until: clock.monotonicMs() + maxAgeMs })
    },
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64url')
