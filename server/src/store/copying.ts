/** How a store that is files of this machine is copied while it is open. */
export interface Copying {
  /** Told how far it got, now and then. Unit: pages. */
  readonly told?: ((done: number, total: number) => void) | undefined
  /** Its reason is what the copy then fails with; nothing of it is left. */
  readonly signal?: AbortSignal | undefined
}

export interface Copyable {
  /**
   * Copies the store to a new file, as it stands when that is done, while everything goes on. The file is its owner's alone.
   * Throws StoreUnavailable where there is no room, or the store is closed meanwhile.
   */
  backup(file: string, copying?: Copying): Promise<void>
}
