import { describe, expect, it } from 'vitest'
import { findId } from './ids.ts'

const A = '0198c1f2-7a3b-7c4d-8e5f-0123456789ab'
const B = '0198c1f2-7a3b-7c4d-8e5f-0123456789cd'
const none = async () => []

describe('a shortened id', () => {
  it('is found by its last characters', async () => {
    expect(await findId('approval', '456789cd', [A, B], none)).toBe(B)
  })

  it('is found among older ones where it is not open', async () => {
    expect(await findId('approval', '456789CD', [A], async () => [A, B])).toBe(B)
  })

  it('is refused where it fits two', async () => {
    await expect(findId('approval', '0198c1f2', [A, B], none)).rejects.toThrow(/fits 2 of them/)
  })

  it('is refused where it is too short or no id at all', async () => {
    await expect(findId('approval', '89cd', [A, B], none)).rejects.toThrow(/at least 6/)
    await expect(findId('approval', 'the one', [A, B], none)).rejects.toThrow(/is not an id/)
  })

  it('is refused where nothing has it', async () => {
    await expect(findId('approval', 'ffffffff', [A, B], none)).rejects.toThrow(/There is no approval/)
  })

  it('needs no look-up when whole', async () => {
    expect(await findId('approval', A, [], () => Promise.reject(new Error('looked up')))).toBe(A)
  })
})
