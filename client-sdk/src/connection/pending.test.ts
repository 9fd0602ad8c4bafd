import { type Refusal, refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { type Deferred, deferred } from '../deferred.ts'
import { HoldpointError } from '../errors.ts'
import { manualClocks } from '../testing/manual-clocks.ts'
import { Pending } from './pending.ts'
import { type Reply, retryAfterMs } from './reading.ts'
import { Unanswered } from './socket.ts'

/** A connection by hand: what was sent, and how each is answered. */
function byHand(retry: (refusal: Refusal, retries: number) => boolean = (error) => error.retryable) {
  const clocks = manualClocks()
  const sent: { readonly payload: object; readonly answer: Deferred<Reply> }[] = []
  const pending = new Pending({
    exchange: (_event, payload) => {
      const answer = deferred<Reply>()
      sent.push({ payload, answer })
      return answer.promise
    },
    clocks,
    backoff: () => ({ next: () => 100, reset: () => {} }),
    retry,
  })
  return {
    clocks,
    sent,
    pending,
    payloads: () => sent.map(({ payload }) => (payload as { key: string }).key),
  }
}

const ok = (body: Record<string, unknown> = {}): Reply => ({ ok: true, body })
const no = (code: Parameters<typeof refusal>[0], details?: Record<string, unknown>): Reply => ({
  ok: false,
  error: refusal(code, undefined, details),
  body: {},
})
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('pending requests', () => {
  it('[PR2] what was asked while away goes out on connecting, in order', async () => {
    const { pending, sent, payloads } = byHand()
    const first = pending.send('a', { key: '1' })
    const second = pending.send('a', { key: '2' })
    expect(sent).toHaveLength(0)
    pending.open()
    expect(payloads()).toEqual(['1', '2'])
    sent[1]?.answer.resolve(ok({ n: 2 }))
    sent[0]?.answer.resolve(ok({ n: 1 }))
    expect([await first, await second]).toEqual([{ n: 1 }, { n: 2 }])
    expect(pending.size).toBe(0)
  })

  it('[AP7] what has no answer when the connection breaks goes out again, the same, in order', async () => {
    const { pending, sent, payloads } = byHand()
    pending.open()
    const all = [
      pending.send('a', { key: '1' }),
      pending.send('a', { key: '2' }),
      pending.send('a', { key: '3' }),
    ]
    sent[1]?.answer.resolve(ok())
    await all[1]
    for (const which of [0, 2]) sent[which]?.answer.reject(new Unanswered('gone', true))
    pending.suspend()
    await turn()
    expect(payloads()).toEqual(['1', '2', '3'])
    pending.open()
    expect(payloads()).toEqual(['1', '2', '3', '1', '3'])
    expect(sent[3]?.payload).toBe(sent[0]?.payload)
  })

  it('[PR2] a passing refusal is asked again after its backoff, a final one is thrown', async () => {
    const { pending, sent, clocks } = byHand()
    pending.open()
    const asked = pending.send('a', { key: '1' })
    sent[0]?.answer.resolve(no('unavailable'))
    await turn()
    clocks.advance(99)
    expect(sent).toHaveLength(1)
    clocks.advance(1)
    expect(sent).toHaveLength(2)
    sent[1]?.answer.resolve(no('denied_before', { reason: 'no' }))
    await expect(asked).rejects.toMatchObject({ code: 'denied_before', details: { reason: 'no' } })
    expect(clocks.timers).toBe(0)
  })

  it('[AP14] waits at least as long as the server asks', async () => {
    const { pending, sent, clocks } = byHand()
    pending.open()
    pending.send('a', { key: '1' }).catch(() => {})
    sent[0]?.answer.resolve(no('rate_limited', { retryAfterMs: 5_000 }))
    await turn()
    clocks.advance(4_999)
    expect(sent).toHaveLength(1)
    clocks.advance(1)
    expect(sent).toHaveLength(2)
    expect(retryAfterMs(refusal('rate_limited', undefined, { retryAfterMs: 1e12 }))).toBeUndefined()
  })

  it.each([
    ['it was never sent', undefined, false],
    ['no answer came', 'silence', true],
    ['it was refused without a doubt', no('unavailable'), false],
    ['the server did not know', no('unknown'), true],
    ['the server broke on it', no('internal'), true],
    ['it lived longer than its connection', new Unanswered('gone', true), true],
  ] as const)('[PR2] says on its time-out whether it may have been done: %s', async (_when, end, inDoubt) => {
    const { pending, sent, clocks } = byHand()
    if (end !== undefined) pending.open()
    const told: boolean[] = []
    const onTimeout = (doubtful: boolean) => {
      told.push(doubtful)
      return new HoldpointError(refusal('unknown'))
    }
    const asked = pending.send('a', { key: '1' }, { timeoutMs: 50, onTimeout })
    if (end instanceof Error) sent[0]?.answer.reject(end)
    else if (typeof end === 'object') sent[0]?.answer.resolve(end)
    await turn()
    clocks.advance(50)
    await expect(asked).rejects.toMatchObject({ code: 'unknown' })
    expect(told).toEqual([inDoubt])
    expect([pending.size, clocks.timers]).toEqual([0, 0])
  })

  it.each([
    ['an answer that did not say', no('unknown'), true],
    ['an answer that this client can not read', no('internal'), true],
    ['a lost connection', new Unanswered('gone', true), true],
    ['no answer in time', new Unanswered('slow', false), true],
    ['a refusal that says it was not done', no('unavailable'), false],
    [
      'a code of a newer server',
      { ok: false, error: { ...refusal('internal'), retryable: false }, body: {} } as Reply,
      false,
    ],
  ])('[PR2] what ends it is told together with what came before: %s', async (_what, first, inDoubt) => {
    const { pending, sent, clocks } = byHand((_error, retries) => retries === 0)
    pending.open()
    const told: boolean[] = []
    const onFailure = (error: unknown, doubtful: boolean) => {
      told.push(doubtful)
      return error
    }
    const asked = pending.send('a', { key: '1' }, { onFailure })
    if (first instanceof Error) {
      sent[0]?.answer.reject(first)
      await turn()
      pending.suspend()
      clocks.advance(100)
      pending.open()
      sent[1]?.answer.resolve(no('draining'))
    } else sent[0]?.answer.resolve(first)
    await turn()
    clocks.advance(100)
    sent.at(-1)?.answer.resolve(no('unavailable'))
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' })
    expect(told).toEqual([inDoubt])
  })

  it('leaves nothing behind when its signal aborts, not even while it rests', async () => {
    const { pending, sent, clocks } = byHand()
    pending.open()
    const controller = new AbortController()
    const asked = pending.send('a', { key: '1' }, { signal: controller.signal })
    sent[0]?.answer.resolve(no('unavailable'))
    await turn()
    expect(clocks.timers).toBe(1)
    controller.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    expect([pending.size, clocks.timers]).toEqual([0, 0])
  })

  it('[AG3] fails what is pending at once, except what is spared', async () => {
    const { pending } = byHand()
    const asked = pending.send('a', { key: '1' })
    const report = pending.send('b', { key: '2' })
    pending.fail(new Error('over'), (event) => event === 'b')
    await expect(asked).rejects.toThrow('over')
    expect(pending.size).toBe(1)
    pending.fail(new Error('gone'))
    await expect(report).rejects.toThrow('gone')
  })
})
