/**
 * How current this node's knowledge of a tenant is (AG4). Where nodes share a store, what one of them holds in memory is
 * true only as of its last look at the log, and so is every lease that it grants on the strength of it.
 */
export interface StoreView {
  /**
   * When the last completed read of the tenant's heads was sent whose events this node has applied, on its monotonic
   * clock, ms: whatever was committed before that is known here. Ask before reading what is then decided on.
   */
  asOf(tenant: string): number
  /** Looks now. Resolves once everything that was committed before is applied here, or after a moment without it. */
  catchUp(tenant: string): Promise<void>
  /** Whether other nodes write to the store too, and grant leases. */
  readonly isShared: boolean
}

/** The only process on its store: what it knows is what there is. */
export const soleView: StoreView = {
  asOf: () => Number.POSITIVE_INFINITY,
  catchUp: async () => {},
  isShared: false,
}
