import type { OperatorClient } from '@holdpoint/client/operator'
import { type ErrorCode, newId, refusal, type TargetResult } from '@holdpoint/shared'
import { afterEach, describe, expect, it, vi } from 'vitest'

/** The page's state without a page: what it takes of one is its address. */
vi.stubGlobal('location', { origin: 'http://127.0.0.1', hash: '' })
const { intervene } = await import('./intervene.ts')
const { notices } = await import('./notices.ts')
const { forgetPerson } = await import('./of-person.ts')
const { session } = await import('./session.ts')

afterEach(() => {
  session.value = undefined
  forgetPerson()
})

/** Three agents, of which the third answers as told, one command after the other; and the keys that came. */
function signIn(...ends: readonly (ErrorCode | 'ok')[]) {
  const keys: string[] = []
  const inject = async (
    _target: unknown,
    _text: string,
    _data: unknown,
    { key = newId() }: { key?: string },
  ) => {
    const end = ends[keys.length] ?? 'ok'
    keys.push(key)
    const third: TargetResult =
      end === 'ok' ? { agent: 'c', ok: true } : { agent: 'c', ok: false, error: refusal(end) }
    return { results: [{ agent: 'a', ok: true }, { agent: 'b', ok: true }, third] }
  }
  const client = { inject } as unknown as OperatorClient
  session.value = { client, person: { id: 'ana', role: 'operator', teams: [] }, kept: false }
  return { keys, different: () => new Set(keys).size }
}

const everybody = [{ labels: 'team=ops' }] as const

describe('an order to several at once', () => {
  it.each(['unavailable', 'unknown', 'internal'] as const)(
    '[PR2] is given again under its key while one of them may not have it: %s',
    async (code) => {
      const { keys, different } = signIn(code, code, code, 'ok', 'ok')
      expect(await intervene('inject', everybody, 'be careful')).toBe(false)
      expect(notices.value.at(-1)).toMatchObject({ tone: 'bad', again: expect.any(Function) })
      expect(notices.value.at(-1)?.text).toMatch(/^c: .* nobody gets it twice\.$/)
      expect(await intervene('inject', everybody, 'be careful')).toBe(true)
      expect([keys.length, different()]).toEqual([4, 1])
      // all have it: the same words are another order from here on
      await intervene('inject', everybody, 'be careful')
      expect(different()).toBe(2)
    },
  )

  it('[PR2] [AG7] is given again under its key while some have not answered, unless an order binds them', async () => {
    const { keys, different } = signIn()
    const answers = [{ remaining: 2 }, { remaining: 2 }, { remaining: 1 }, {}]
    const inject = async (_target: unknown, _text: string, _data: unknown, { key = newId() }) => {
      keys.push(key)
      return { results: [{ agent: 'a', ok: true }], ...answers[keys.length - 1] }
    }
    const pause = async () => ({ results: [], remaining: 2, order: { id: 'o' } })
    const { person } = session.value ?? {}
    session.value = { client: { inject, pause } as never, person: person as never, kept: false }
    expect(await intervene('inject', everybody, 'be careful')).toBe(false)
    expect(notices.value.at(-1)?.text).toMatch(/^1 agent has not answered yet\. .* nobody gets it twice\.$/)
    expect(await intervene('inject', everybody, 'be careful')).toBe(true)
    expect([keys.length, different()]).toEqual([4, 1])
    expect(await intervene('pause', everybody, 'look')).toBe(true)
  })

  it.each(['agent_locked', 'forbidden'] as const)(
    '[PR2] is over where one was refused for good: %s',
    async (code) => {
      const { different } = signIn(code, 'ok')
      expect(await intervene('inject', everybody, 'be careful')).toBe(false)
      expect(notices.value.at(-1)).toMatchObject({ tone: 'bad', again: undefined })
      await intervene('inject', everybody, 'be careful')
      expect(different()).toBe(2)
    },
  )
})
