import { type ChainBreak, openEmbeddedStore, type Store, systemClock, verifyChain } from '@holdpoint/server'

const PAGE = 1_000

/** PR7: the first break in the log that a server left behind, or undefined; nobody may hold the folder. */
export async function readChain(folder: string): Promise<ChainBreak | undefined> {
  const store = await openEmbeddedStore({ folder, clock: systemClock })
  try {
    return await chainBreak(store)
  } finally {
    await store.close()
  }
}

/** PR7: the first break in a store's log, or undefined. */
export async function chainBreak(store: Store): Promise<ChainBreak | undefined> {
  const partition = store.partitionOf('default')
  let from = { seq: 0, hash: '' }
  for (;;) {
    const events = await store.readFeed(partition, from.seq, PAGE)
    const broken = verifyChain(events, from)
    const last = events.at(-1)
    if (broken || !last) return broken
    from = last
  }
}
