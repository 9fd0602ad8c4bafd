import { HoldpointError, OutcomeUnknownError } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { forgetPerson } from './of-person.ts'
import { settle } from './settle.ts'

/** Commands that end as told, one after the other, and the keys that they were given. */
function server(...ends: readonly ('done' | 'refused' | 'unknown')[]) {
  const keys: string[] = []
  const run = async (key: string) => {
    const end = ends[keys.length] ?? 'done'
    keys.push(key)
    if (end === 'unknown') throw new OutcomeUnknownError(key, refusal('unknown'))
    if (end === 'refused') throw new HoldpointError(refusal('conflict'))
    return 'done'
  }
  return { keys, run, different: () => new Set(keys).size }
}

describe('[PR2] a command whose outcome is not known', () => {
  it('is asked again under its key, and says so', async () => {
    const { run, keys, different } = server('unknown', 'unknown', 'done')
    let told = 0
    expect(await settle(['inject', 'a'], run, () => void told++)).toBe('done')
    expect([keys.length, different(), told]).toEqual([3, 1, 2])
  })

  it('keeps its key for whoever gives the same order again', async () => {
    const { run, different } = server('unknown', 'unknown', 'unknown', 'done')
    await expect(settle(['inject', 'b'], run)).rejects.toThrow(OutcomeUnknownError)
    expect(await settle(['inject', 'b'], run)).toBe('done')
    expect(different()).toBe(1)
  })

  it('has a key of its own for every other order, and for the next one once it is settled', async () => {
    const { run, different } = server('done', 'refused', 'done', 'unknown', 'unknown', 'unknown', 'done')
    await settle(['inject', 'c'], run)
    await expect(settle(['inject', 'c'], run)).rejects.toThrow(HoldpointError)
    await settle(['inject', 'c'], run)
    expect(different()).toBe(3)
    await expect(settle(['inject', 'd'], run)).rejects.toThrow(OutcomeUnknownError)
    await settle(['inject', 'e'], run)
    expect(different()).toBe(5)
  })

  it('is nothing of the next person’s', async () => {
    const { run, different } = server('unknown', 'unknown', 'unknown', 'done')
    await expect(settle(['inject', 'f'], run)).rejects.toThrow(OutcomeUnknownError)
    forgetPerson()
    await settle(['inject', 'f'], run)
    expect(different()).toBe(2)
  })

  it('[IN1] given twice at once is one order, and ends as one', async () => {
    const { run, keys } = server('unknown', 'done')
    const [first, second] = await Promise.all([settle(['inject', 'x'], run), settle(['inject', 'x'], run)])
    expect([first, second]).toEqual(['done', 'done'])
    expect(new Set(keys).size).toBe(1)
    expect(keys).toHaveLength(2)
    // given again later it is another one
    await settle(['inject', 'x'], run)
    expect(new Set(keys).size).toBe(2)
  })
})
