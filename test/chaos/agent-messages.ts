/** What a process of agents is started with. */
export interface AgentOrders {
  /** Of its log. */
  readonly name: string
  readonly members: readonly { readonly agent: string; readonly token: string }[]
  readonly url: string
  /** Where its log and its agents' journals lie. */
  readonly folder: string
  readonly seed: number
  readonly leaseMs: number
  /** How many things each agent does at once. */
  readonly workers: number
  /** After so many steps an agent completes its run, and begins another. */
  readonly runLength: number
  /** Finishes what earlier lives began, and begins nothing. */
  readonly draining: boolean
}

export type ToAgent = 'drain' | 'close'

export type FromAgent =
  /** Another client of this agent has its run. */
  | { readonly kind: 'started'; readonly agent: string }
  /** Nothing of this agent is under way any more; instructions are still answered. */
  | { readonly kind: 'drained'; readonly agent: string }
  /** Since the last word: how many requests that the checks look at have left, and the longest that nothing ran, ms. */
  | { readonly kind: 'sent'; readonly count: number; readonly stallMs: number }
