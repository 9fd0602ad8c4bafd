import { digestOf, type ErrorCode, refusal } from '@holdpoint/shared'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HoldpointError, OutcomeUnknownError } from './errors.ts'
import { Unsettled } from './unsettled.ts'

/** Commands that end as told, one after the other, and the keys that they were given. */
function server(...ends: readonly ('done' | ErrorCode | Error)[]) {
  const keys: string[] = []
  const unsettled = new Unsettled()
  const run = async (key: string) => {
    const end = ends[keys.length] ?? 'done'
    keys.push(key)
    if (end instanceof Error) throw end
    if (end === 'unknown') throw new OutcomeUnknownError(key, refusal('unknown'))
    if (end !== 'done') throw new HoldpointError(refusal(end))
    return 'done'
  }
  const order = (name: string) => unsettled.settle(['inject', name], run)
  return { unsettled, run, order, keys, different: () => new Set(keys).size }
}

describe('[PR2] a command whose outcome is not known', () => {
  it('is asked again under its key, and says so', async () => {
    const { unsettled, run, keys, different } = server('unknown', 'unknown', 'done')
    let told = 0
    expect(await unsettled.settle(['inject', 'a'], run, () => void told++)).toBe('done')
    expect([keys.length, different(), told]).toEqual([3, 1, 2])
  })

  it('keeps its key for whoever gives the same order again', async () => {
    const { order, different } = server('unknown', 'unknown', 'unknown', 'done')
    await expect(order('b')).rejects.toThrow(OutcomeUnknownError)
    expect(await order('b')).toBe('done')
    expect(different()).toBe(1)
  })

  it.each(['unavailable', 'draining', 'rate_limited', 'forbidden', 'internal'] as const)(
    'keeps it also where the same order given again is refused without proof: %s',
    async (code) => {
      const { order, different } = server('unknown', 'unknown', 'unknown', code, code, 'done', 'done')
      await expect(order('b')).rejects.toThrow(OutcomeUnknownError)
      for (const _ of [1, 2]) {
        const error = await order('b').catch((caught: unknown) => caught)
        expect(error).toBeInstanceOf(OutcomeUnknownError)
        expect(error).toMatchObject({ cause: { code } })
      }
      await order('b')
      expect(different()).toBe(1)
      await order('b')
      expect(different()).toBe(2)
    },
  )

  it('keeps it over what ends on this side, and gives it up to a refusal that proves', async () => {
    const gone = new Error('left the page')
    const { order, different } = server('unknown', 'unknown', 'unknown', gone, 'conflict', 'done')
    await expect(order('b')).rejects.toThrow(OutcomeUnknownError)
    await expect(order('b')).rejects.toBe(gone)
    await expect(order('b')).rejects.toMatchObject({ code: 'conflict' })
    expect(different()).toBe(1)
    await order('b')
    expect(different()).toBe(2)
  })

  it('has a key of its own for every other order, and for the next one once it is settled', async () => {
    const { order, different } = server('done', 'conflict', 'unavailable', 'unknown', 'unknown', 'unknown')
    await order('c')
    await expect(order('c')).rejects.toThrow(HoldpointError)
    await expect(order('c')).rejects.toMatchObject({ code: 'unavailable' })
    expect(different()).toBe(3)
    await expect(order('d')).rejects.toThrow(OutcomeUnknownError)
    await order('e')
    expect(different()).toBe(5)
  })

  it('is nothing of the next person’s', async () => {
    const { unsettled, order, different } = server('unknown', 'unknown', 'unknown', 'done')
    await expect(order('f')).rejects.toThrow(OutcomeUnknownError)
    unsettled.clear()
    await order('f')
    expect(different()).toBe(2)
  })

  it('[IN1] given twice at once is one order, and ends as one', async () => {
    const { unsettled, order, keys, different } = server('unknown', 'done')
    const both = Promise.all([order('x'), order('x')])
    expect(unsettled.isUnderWay(['inject', 'x'])).toBe(true)
    expect(await both).toEqual(['done', 'done'])
    expect([keys.length, different(), unsettled.isUnderWay(['inject', 'x'])]).toEqual([2, 1, false])
    // given again later it is another one
    await order('x')
    expect(different()).toBe(2)
  })
})

describe('what is remembered of an order', () => {
  afterEach(() => void vi.unstubAllGlobals())

  /** All that one that is made now ever keeps in its maps: what a look into the memory of a page or a terminal would find. */
  async function keptOf(order: readonly unknown[]): Promise<readonly unknown[]> {
    const kept: unknown[] = []
    vi.stubGlobal(
      'Map',
      class<K, V> extends Map<K, V> {
        override set(key: K, value: V) {
          kept.push(key)
          if (typeof value === 'string') kept.push(value)
          return super.set(key, value)
        }
      },
    )
    const { unsettled, run } = server('unknown', 'unknown', 'unknown')
    await expect(unsettled.settle(order, run)).rejects.toThrow(OutcomeUnknownError)
    vi.unstubAllGlobals()
    return kept
  }
  const withSecret = ['factor.confirm', 'correct horse battery staple']

  it('is a digest and a key: no password, no code', async () => {
    const kept = await keptOf(withSecret)
    expect(kept.length).toBeGreaterThan(0)
    for (const one of kept) expect(one).toMatch(/^(sha256:[0-9a-f]{64}|[0-9a-f-]{36})$/)
  })

  it('goes by another digest in every client: none can be looked up, or be compared with somebody else’s', async () => {
    const [one, other] = [await keptOf(withSecret), await keptOf(withSecret)]
    expect(one.filter((digest) => other.includes(digest))).toEqual([])
    expect(one).not.toContain(digestOf(JSON.stringify(withSecret)))
  })
})
