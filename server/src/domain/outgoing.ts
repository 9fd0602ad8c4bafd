/**
 * Something to be said to somebody: written in the commit that makes it so, cleared by the commit that records how it
 * went. Until then its deadline `send:<id>` is due, so that whichever node claims it says it, after a crash too.
 */
export interface Outgoing {
  /** The same on every try: receivers tell a repetition by it. */
  readonly id: string
  readonly about: About
  readonly says: 'page' | 'acknowledged' | 'closed'
  /** AP12: they were told before, and it still waits. */
  readonly reminds?: true | undefined
  readonly to: Recipient
  /** Which turn of its page this is; see `Page.turn`. */
  readonly turn: number
  readonly queuedAt: number
  /** The next try, ms. */
  readonly dueAt: number
  readonly tries: number
  /** Endpoints that have it, and those that never will. */
  readonly reached: readonly string[]
  readonly givenUp: readonly string[]
}

export interface About {
  readonly kind: 'ticket' | 'approval'
  readonly id: string
}

/** Persons are told at their own addresses, a channel at its own destination. */
export type Recipient = { readonly person: string } | { readonly team: string } | { readonly channel: string }

/** How one try went at one endpoint: a channel, and the person whom it reaches where it has no destination of its own. */
export interface Attempt {
  readonly channel?: string | undefined
  readonly person?: string | undefined
  readonly outcome: 'delivered' | 'retry' | 'failed'
  readonly reason?: string | undefined
}

/** Names an endpoint within one message. */
export const endpointOf = ({ channel = '', person }: Pick<Attempt, 'channel' | 'person'>): string =>
  person === undefined ? channel : `${channel} ${person}`
