/** What a crowd's process is told first. */
export interface CrowdOrders {
  readonly url: string
  readonly leaseMs: number
  readonly members: readonly { readonly agent: string; readonly token: string }[]
  /** How long to wait before each further start, ms. */
  readonly staggerMs: number
  /** How long each step takes, ms. */
  readonly stepMs: number
}

export type ToCrowd = { readonly kind: 'look' }

/** Times: ms of the wall clock, which all processes of one machine share. */
export type FromCrowd =
  | { readonly kind: 'up'; readonly agent: string; readonly epoch: string }
  | { readonly kind: 'refused'; readonly agent: string; readonly code: string }
  | { readonly kind: 'aborted'; readonly agent: string; readonly at: number; readonly ended: string }
  | { readonly kind: 'seen'; readonly members: readonly MemberState[] }

export interface MemberState {
  readonly agent: string
  readonly epoch: string
  /** How many steps it has begun, and when it began the last. */
  readonly steps: number
  readonly lastStepAt: number
  /** The longest time between two steps since the last look. */
  readonly longestRestMs: number
  readonly canContinue: boolean
  /** When it was first seen to be held, after it had stepped; looked at each millisecond. */
  readonly heldAt: number | undefined
}
