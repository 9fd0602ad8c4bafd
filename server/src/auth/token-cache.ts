import { hash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Principal } from './principal.ts'

/** Verified tokens, so that a reconnect costs no signature check. */
export interface TokenCache {
  /** Undefined where it is not known, or was verified too long ago. Expiry is the caller's to check, at each use. */
  get(token: string): Principal | undefined
  put(token: string, principal: Principal): void
}

/** Keeps up to `maxEntries`, each for `maxAgeMs` from its verification; the least recently used is dropped first. */
export function createTokenCache(clock: Clock, maxAgeMs: number, maxEntries: number): TokenCache {
  // by their hashes: a token is ten times as long, and whoever sees this memory should find none
  const entries = new Map<string, { readonly principal: Principal; readonly until: number }>()
  return {
    get(token) {
      const key = keyOf(token)
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      if (clock.monotonicMs() >= entry.until) return undefined
      entries.set(key, entry) // last in the map: the most recently used
      return entry.principal
    },
    put(token, principal) {
      entries.set(keyOf(token), { principal, until: clock.monotonicMs() + maxAgeMs })
      const oldest = entries.keys().next()
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value)
    },
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64url')
