/**
 * An epoch on the wire: `<store epoch>.<n>`, a fencing token greater than every earlier one of its agent (AG).
 * The store epoch comes first, so that a store that lost history can never hand out an old token again.
 */
export type Epoch = `${number}.${number}`

export const EPOCH_PATTERN = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,14})$/

export const makeEpoch = (storeEpoch: number, n: number): Epoch => `${storeEpoch}.${n}`

/** The store epoch that a fencing token was handed out under. */
export const storeEpochOf = (epoch: Epoch): number => Number(epoch.split('.')[0])

/** Negative when `a` is older than `b`, zero when they are the same, positive when it is newer. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  const [storeA = 0, nA = 0] = a.split('.').map(Number)
  const [storeB = 0, nB = 0] = b.split('.').map(Number)
  return storeA - storeB || nA - nB
}
