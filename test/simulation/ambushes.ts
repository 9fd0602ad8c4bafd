/** Faults that wait for their moment: for something to take effect in the store, or for an agent to be granted a lease. */
import type { StoredEvent } from '@holdpoint/server'
import type { Place } from './network/network.ts'

/** What happened, and the node that committed it. */
export interface Sprung {
  readonly event: StoredEvent
  readonly from: Place
}

export class Ambushes {
  #set: readonly { readonly type: string; readonly strike: (sprung: Sprung) => void }[] = []
  readonly #granted = new Map<string, () => void>()

  /** Strikes once, at the next event of that type. */
  set(type: string, strike: (sprung: Sprung) => void): void {
    this.#set = [...this.#set, { type, strike }]
  }

  /** What did not come to it any more is called off. */
  clear(): void {
    this.#set = []
    this.#granted.clear()
  }

  /** Strikes once, when that agent next hears that it may act. */
  whenGranted(agent: string, strike: () => void): void {
    this.#granted.set(agent, strike)
  }

  /** An agent was answered. */
  answered(agent: string, ttlMs: unknown): void {
    const strike = this.#granted.get(agent)
    if (!strike || typeof ttlMs !== 'number' || ttlMs <= 0) return
    this.#granted.delete(agent)
    strike()
  }

  /** A change took effect. */
  committed(events: readonly StoredEvent[], from: Place): void {
    for (const event of events) {
      const sprung = this.#set.filter(({ type }) => type === event.type)
      if (sprung.length === 0) continue
      this.#set = this.#set.filter((one) => !sprung.includes(one))
      for (const { strike } of sprung) strike({ event, from })
    }
  }
}
