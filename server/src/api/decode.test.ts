import { MAX_ACTION_BYTES, MAX_DEPTH, newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { decodeAgent, decodeHandshake, decodeOperator, decodeProgress } from './decode.ts'

const id = newId()
const digest = `sha256:${'0'.repeat(64)}`
const request = (change: object = {}) => ({
  key: 'k1',
  epoch: '1.7',
  action: 'send_email',
  args: { to: 'bo@example.com', cc: ['x', 'y'], urgent: true, amount: 12.5 },
  summary: 'tell Bo',
  confidence: 0.9,
  ...change,
})
const problem = (code: string, path: string, message = /./) => ({
  ok: false,
  error: { code, message: expect.stringMatching(message), details: { path } },
})
/** What `JSON.parse` makes of it, as the wire would. */
const parsed = (text: string): unknown => JSON.parse(text)
const nested = (depth: number): unknown => parsed('['.repeat(depth) + ']'.repeat(depth))

describe('what fits', () => {
  it('[ID4] a request comes out as it went in, with its name', () =>
    expect(decodeAgent('action.request', request())).toEqual({
      ok: true,
      value: { name: 'action.request', payload: request() },
    }))

  it('[ID4] a console’s request too', () => {
    const payload = { key: 'k1', id, revision: 1, digest, reason: 'not today' }
    expect(decodeOperator('approval.deny', payload)).toEqual({
      ok: true,
      value: { name: 'approval.deny', payload },
    })
  })

  it('[ID4] the name tells the payload’s type', () => {
    const call = decodeAgent('lease.renew', { epoch: '1.1', after: 3 })
    if (!call.ok || call.value.name !== 'lease.renew') return expect.unreachable()
    const { after }: { after: number } = call.value.payload
    expect(after).toBe(3)
  })

  it('[ID4] handshake and progress', () => {
    expect(decodeHandshake({ token: 't', protocol: 1 })).toMatchObject({ ok: true, value: { token: 't' } })
    expect(decodeHandshake({ token: 't' })).toMatchObject(problem('invalid', '/protocol', /missing/))
    expect(decodeProgress({ epoch: '1.1', usage: { tokens: 7 } })).toMatchObject({ ok: true })
    expect(decodeProgress({ epoch: '1.1', done: true })).toMatchObject(problem('invalid', '/done'))
  })
})

describe('what does not', () => {
  it.each(['action.explode', '', 'toString', '__proto__', 'constructor', 'approval.approve'])(
    '[ID4] an agent’s event %j is unknown',
    (name) => expect(decodeAgent(name, {})).toMatchObject(problem('invalid', '/', /no request of that name/)),
  )

  it.each(['action.request', 'hasOwnProperty', 'run.start'])(
    '[ID4] a console’s event %j is unknown',
    (name) =>
      expect(decodeOperator(name, {})).toMatchObject(problem('invalid', '/', /no request of that name/)),
  )

  it.each([undefined, null, 7, 'text', true, [], [{}], () => 0])('[ID4] %s instead of an object', (payload) =>
    expect(decodeAgent('action.request', payload)).toMatchObject(problem('invalid', '/', /one object/)),
  )

  it.each<[string, object, string, RegExp]>([
    ['an unknown key', { extra: 1 }, '/extra', /no field "extra"/],
    ['a key with a slash', { 'a/b~c': 1 }, '/a~1b~0c', /no field "a\/b~c"/],
    ['a missing key', { key: undefined }, '/key', /undefined is not JSON/],
    ['a wrong type', { key: 5 }, '/key', /"key" does not fit/],
    ['a number as a text', { confidence: '0.5' }, '/confidence', /"confidence" does not fit/],
    ['a number out of range', { confidence: 1.1 }, '/confidence', /"confidence" does not fit/],
    ['an empty text', { summary: '' }, '/summary', /"summary" does not fit/],
    ['an epoch that is none', { epoch: '1' }, '/epoch', /"epoch" does not fit/],
    ['an epoch with a sign', { epoch: '1.-7' }, '/epoch', /"epoch" does not fit/],
    ['binary', { args: Buffer.from('x') }, '/args', /Binary data/],
    ['binary deep inside', { args: { file: [new Uint8Array(3)] } }, '/args/file/0', /Binary data/],
    ['a date', { args: { at: new Date(0) } }, '/args/at', /class instances/],
    ['a map', { context: new Map() }, '/context', /class instances/],
    ['half a surrogate pair', { args: { a: ['\ud800'] } }, '/args/a/0', /surrogate/],
    ['half a surrogate pair in a key', { args: { '\udfff': 1 } }, '/args', /surrogate/],
    ['half a surrogate pair in a summary', { summary: 'a\udc00b' }, '/summary', /surrogate/],
    ['a whole number that readers round', { args: { n: 2 ** 53 } }, '/args/n', /2\^53/],
    ['NaN', { args: { n: Number.NaN } }, '/args/n', /too large/],
    ['a key named __proto__', { args: parsed('{"__proto__":{"admin":true}}') }, '/args', /__proto__/],
    ['a big integer', { args: { n: 1n } }, '/args/n', /bigint is not JSON/],
  ])('[ID4] [AP10] %s', (_, change, path, sentence) =>
    expect(decodeAgent('action.request', request(change))).toMatchObject(problem('invalid', path, sentence)),
  )

  it('[ID4] a key named __proto__ at the top', () => {
    const payload = parsed('{"epoch":"1.1","after":0,"__proto__":{"x":1}}')
    expect(decodeAgent('lease.renew', payload)).toMatchObject(problem('invalid', '/', /__proto__/))
  })

  it('[ID4] a missing key is called missing, also one that may hold anything', () => {
    const { args: _, ...rest } = request()
    expect(decodeAgent('action.request', rest)).toMatchObject(
      problem('invalid', '/args', /"args" is missing/),
    )
    expect(decodeAgent('lease.renew', { epoch: '1.1' })).toMatchObject(
      problem('invalid', '/after', /"after" is missing/),
    )
  })

  it.each([
    [{}, '/target'],
    ['all', '/target'],
    [{ agent: 'a', all: true }, '/target'],
    [{ labels: '' }, '/target/labels'],
    [{ all: false }, '/target'],
  ])('[ID4] the target %j is none of its forms, or two at once', (target, path) =>
    expect(decodeOperator('agent.stop', { key: 'k', target, reason: 'r' })).toMatchObject(
      problem('invalid', path),
    ),
  )

  it('[ID4] the sender’s own long key is not sent back whole', () => {
    const answer = decodeAgent('action.request', request({ ['k'.repeat(50_000)]: 1 }))
    expect(answer).toMatchObject({ error: { code: 'invalid' } })
    expect(JSON.stringify(answer).length).toBeLessThan(1_000)
  })
})

describe('what is too large', () => {
  it('[AP10] free-form fields pass up to 64 levels deep, each by itself', () => {
    const fits = request({ args: nested(MAX_DEPTH), context: nested(MAX_DEPTH) })
    expect(decodeAgent('action.request', fits)).toMatchObject({ ok: true })
    const over = request({ args: nested(MAX_DEPTH + 1) })
    expect(decodeAgent('action.request', over)).toMatchObject({ error: { code: 'too_large' } })
  })

  it('[AP10] something nested 20,000 deep is refused and overflows nothing', () => {
    for (const args of [nested(20_000), parsed(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)])
      expect(decodeAgent('action.request', request({ args }))).toMatchObject({ error: { code: 'too_large' } })
    expect(decodeOperator('sync', { cursor: nested(20_000) })).toMatchObject({ error: { code: 'too_large' } })
  })

  it('[AP10] free-form fields pass up to 64 KiB, counted in bytes', () => {
    const text = (bytes: number) => 'ä'.repeat((bytes - 2) / 2) // two quotes, two bytes a letter
    const fits = request({ args: [text(MAX_ACTION_BYTES - 2)] })
    expect(decodeAgent('action.request', fits)).toMatchObject({ ok: true })
    for (const args of [[text(MAX_ACTION_BYTES)], 'x'.repeat(MAX_ACTION_BYTES + 1)])
      expect(decodeAgent('action.request', request({ args }))).toMatchObject(
        problem('too_large', '/args', /larger than 64 KiB/),
      )
    expect(decodeAgent('action.request', request({ context: [text(MAX_ACTION_BYTES)] }))).toMatchObject(
      problem('too_large', '/context'),
    )
  })

  it('[ID4] a text or a list over its limit', () => {
    expect(decodeAgent('action.request', request({ summary: 'x'.repeat(2_001) }))).toMatchObject(
      problem('too_large', '/summary'),
    )
    expect(decodeOperator('agents.watch', { ids: Array.from({ length: 201 }, () => 'a') })).toMatchObject(
      problem('too_large', '/ids'),
    )
  })
})
