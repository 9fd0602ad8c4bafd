/** What an agent's process is started with. */
export interface AgentOrders {
  readonly agent: string
  readonly url: string
  readonly token: string
  /** Where its log and its journal lie. */
  readonly folder: string
  readonly seed: number
  readonly leaseMs: number
  /** How many things it does at once. */
  readonly workers: number
  /** After so many steps it completes its run. */
  readonly runLength: number
  /** Finishes what earlier lives began, and begins nothing. */
  readonly draining: boolean
}

export type ToAgent = 'drain' | 'close'

export type FromAgent =
  | { readonly kind: 'started' }
  /** Nothing is under way any more; instructions are still answered. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'ended'; readonly code: string }
