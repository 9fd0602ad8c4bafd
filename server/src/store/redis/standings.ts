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
  /** The last event whose hash Redis keeps, and that hash; 0 and '' before the first. */
  readonly sealed: { readonly seq: number; readonly hash: string }
}

export const readStandings = (
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  partitions: readonly string[],
): Promise<Standing[]> =>
  Promise.all(
    partitions.map(async (partition) => {
      const head = keys.head(partition)
      const fields = await send('HMGET', head, 'seq', 'epoch', 'at', 'trimmed', 'sealed', 'hash')
      const [seq, epoch, at, trimmed, sealed, hash] = fields as readonly Reply[]
      return {
        partition,
        seq: Number(seq ?? 0),
        epoch: Number(epoch ?? 0),
        at: Number(at ?? 0),
        trimmedSeq: Number(trimmed ?? 0),
        sealed: { seq: Number(sealed ?? 0), hash: String(hash ?? '') },
      }
    }),
  )
