/** What a process of the storm is sent first. */
export interface StormOrders {
  readonly url: string
  readonly leaseMs: number
  readonly members: readonly { readonly agent: string; readonly token: string }[]
}

export type ToStorm = { readonly kind: 'begin'; readonly orders: StormOrders } | { readonly kind: 'look' }

/** Times: ms of the wall clock, which all processes of one machine share. */
export type FromStorm =
  | { readonly kind: 'seen'; readonly members: readonly StormMember[] }
  | { readonly kind: 'broke'; readonly agent: string; readonly error: string }

export interface StormMember {
  readonly agent: string
  /** Undefined until it has started. */
  readonly epoch: string | undefined
  readonly canContinue: boolean
  /** When it last heard where it stands on a new connection, and so what it had missed. */
  readonly resumedAt: number | undefined
  /** The texts of the instructions that it was told, each with when. */
  readonly told: readonly { readonly text: string; readonly at: number }[]
}
