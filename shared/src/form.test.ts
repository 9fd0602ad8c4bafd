import { describe, expect, it } from 'vitest'
import { checkAnswer, type Form, type FormField, MAX_ANSWER_LENGTH } from './form.ts'

const invalid = (sentence: RegExp) => ({
  ok: false,
  error: { code: 'invalid', message: expect.stringMatching(sentence) },
})
const field = (one: FormField): Form => ({ schema: { type: 'object', properties: { it: one } } })

describe('[ES5] free text', () => {
  it('is a text, not empty, up to 8192 characters', () => {
    expect(checkAnswer({}, 'yes')).toEqual({ ok: true, value: 'yes' })
    expect(checkAnswer({}, 'x'.repeat(MAX_ANSWER_LENGTH))).toMatchObject({ ok: true })
    expect(checkAnswer({}, 'x'.repeat(MAX_ANSWER_LENGTH + 1))).toMatchObject({ error: { code: 'too_large' } })
  })

  it.each([undefined, null, '', 5, true, ['yes'], { answer: 'yes' }])('%j is none', (answer) =>
    expect(checkAnswer({}, answer)).toMatchObject(invalid(/must be a text/)),
  )
})

describe('[ES5] choices', () => {
  it('one of them, exactly', () => {
    const form = { choices: ['blue', 'green'] }
    expect(checkAnswer(form, 'blue')).toEqual({ ok: true, value: 'blue' })
    for (const answer of ['Blue', 'blue ', 'blue, green'])
      expect(checkAnswer(form, answer)).toMatchObject(invalid(/one of: blue, green/))
  })
})

describe('[ES5] a flat schema', () => {
  const form: Form = {
    schema: {
      type: 'object',
      properties: {
        amount: { type: 'number', minimum: 1, maximum: 10 },
        count: { type: 'integer' },
        note: { type: 'string', minLength: 2, maxLength: 4 },
        sure: { type: 'boolean' },
        size: { type: 'string', enum: ['S', 'M'] },
      },
      required: ['amount', 'sure'],
    },
  }
  const fits = { amount: 1, sure: false }

  it('the answer comes back typed', () => {
    const answer = { amount: 10, count: -3, note: 'ab', sure: true, size: 'M' }
    expect(checkAnswer(form, answer)).toEqual({ ok: true, value: answer })
    expect(checkAnswer(form, fits)).toEqual({ ok: true, value: fits })
  })

  it.each<[unknown, RegExp]>([
    [{ sure: true }, /"amount" is missing/],
    [{ amount: 1 }, /"sure" is missing/],
    [{ ...fits, amount: 0.9 }, /"amount" must be at least 1/],
    [{ ...fits, amount: 10.1 }, /"amount" must be at most 10/],
    [{ ...fits, amount: '5' }, /"amount" must be of type number/],
    [{ ...fits, amount: null }, /"amount" must be of type number/],
    [{ ...fits, count: 1.5 }, /"count" must be of type integer/],
    [{ ...fits, note: 'a' }, /"note" is too short/],
    [{ ...fits, note: 'abcde' }, /"note" is too long/],
    [{ ...fits, sure: 'true' }, /"sure" must be of type boolean/],
    [{ ...fits, size: 'L' }, /"size" must be one of S, M/],
    [{ ...fits, other: 1 }, /no field "other"/],
    [JSON.parse('{"amount":1,"sure":true,"__proto__":{}}'), /no field "__proto__"/],
    [{ ...fits, toString: 1 }, /no field "toString"/],
    [[], /must be an object/],
    [null, /must be an object/],
    ['yes', /must be an object/],
  ])('%j is refused by field', (answer, sentence) =>
    expect(checkAnswer(form, answer)).toMatchObject(invalid(sentence)),
  )

  it('a field named like something that objects inherit is required all the same', () => {
    const text: FormField = { type: 'string' }
    const inherited: Form = {
      schema: { type: 'object', properties: { valueOf: text }, required: ['valueOf'] },
    }
    expect(checkAnswer(inherited, {})).toMatchObject(invalid(/"valueOf" is missing/))
  })

  it('a text without a limit of its own has that of an answer', () => {
    const form = field({ type: 'string' })
    expect(checkAnswer(form, { it: 'x'.repeat(MAX_ANSWER_LENGTH) })).toMatchObject({ ok: true })
    expect(checkAnswer(form, { it: 'x'.repeat(MAX_ANSWER_LENGTH + 1) })).toMatchObject({ ok: false })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no number that can be stored', (it) =>
    expect(checkAnswer(field({ type: 'number' }), { it })).toMatchObject({ ok: false }),
  )
})
