/** Where partitions stand, as their heads in Redis say. */
import type { Connection, Reply } from './connection.ts'
import type { Keys } from './keys.ts'

export interface Standing {
  readonly partition: string
  readonly seq: number
  readonly epoch: number
  /** The store's clock at the last commit, ms. */
  readonly at: number
  readonly trimmedSeq: number
}

export const readStandings = (
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  partitions: readonly string[],
): Promise<Standing[]> =>
  Promise.all(
    partitions.map(async (partition) => {
      const fields = await send('HMGET', keys.head(partition), 'seq', 'epoch', 'at', 'trimmed')
      const [seq = 0, epoch = 0, at = 0, trimmedSeq = 0] = (fields as readonly Reply[]).map((field) =>
        Number(field ?? 0),
      )
      return { partition, seq, epoch, at, trimmedSeq }
    }),
  )
