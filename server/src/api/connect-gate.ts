import { isIPv6 } from 'node:net'
import QuickLRU from 'quick-lru'
import type { Clock } from '../clock.ts'
import { type FloodGate, FloodLimit } from './flood-gate.ts'

/**
 * May one more connection come from this remote address now (ID4)? Asked before anybody has said who they are, so that
 * all who share an address (a machine, a network behind one router, a proxy) share its bound: a flood from there slows
 * down their new connections, and never the open ones nor those from elsewhere.
 */
export interface ConnectGate {
  take(address: string | undefined): boolean
}

/** All addresses together get so many times what one gets: one alone can't spend it. */
const IN_ALL = 4
/** Addresses remembered; the one that was heard of longest ago is forgotten first. What that lets by, `IN_ALL` bounds. */
const MAX_ADDRESSES = 10_000

/** Each address: `burst` connections at once, then `ratePerSecond` on the average. */
export function createConnectGate(clock: Clock, ratePerSecond: number, burst: number): ConnectGate {
  const all = new FloodLimit(clock, IN_ALL * ratePerSecond, IN_ALL * burst).gate()
  const limit = new FloodLimit(clock, ratePerSecond, burst)
  const gates = new QuickLRU<string, FloodGate>({ maxSize: MAX_ADDRESSES / 2 })
  return {
    take(address = '') {
      const source = sourceOf(address)
      let gate = gates.get(source)
      if (!gate) {
        gate = limit.gate()
        gates.set(source, gate)
      }
      return gate.take() && all.take()
    },
  }
}

/** Of IPv6 the first 64 bits: whoever has one address there has all of them. */
function sourceOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}
