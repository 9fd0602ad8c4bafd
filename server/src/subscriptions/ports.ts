/**
 * What nodes call out to each other. It may come late, twice, out of order or not at all, and nothing rests on it: what
 * counts is read from the store.
 */
export interface Bus {
  /** To every other node. Never throws, never waits. */
  send(topic: string, message: object): void
  /** Whether no other node was there to hear what was last sent. One may have come since. */
  isAlone(): boolean
  /** Told of what other nodes send under that topic. `listener` must bear whatever comes. */
  on(topic: string, listener: (message: unknown) => void): void
  close(): Promise<void>
}
