import { expect, it } from 'vitest'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { storedBytes } from './stored-bytes.ts'

/** A store without any bytes; `heads` says whether history was lost. */
const without = (heads: () => Promise<readonly []>): Store =>
  ({ blob: async () => undefined, heads }) as unknown as Store

it('[ST9] bytes that are missing make a node look whether history was lost, and say so', async () => {
  const lost = new StoreUnavailable('The store holds another history than this node has seen.')
  const asked = storedBytes(
    without(async () => {
      throw lost
    }),
    'acme',
    'sha256:1',
  )
  await expect(asked).rejects.toBe(lost)
})

it('[AP9] bytes that are missing from the history that the node knows are a defect', async () => {
  await expect(
    storedBytes(
      without(async () => []),
      'acme',
      'sha256:1',
    ),
  ).rejects.toThrow('the bytes of sha256:1 are not stored')
})
