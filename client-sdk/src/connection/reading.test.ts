import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readHello, readRefusal, readReply } from './reading.ts'

describe('reading what came', () => {
  it('keeps an answer whole, unknown keys included', () => {
    expect(readReply({ ok: true, seq: 3, extra: 1 })).toEqual({
      ok: true,
      body: { ok: true, seq: 3, extra: 1 },
    })
  })

  it('keeps a refusal with its envelope', () => {
    const error = { code: 'paused', message: 'Paused.', retryable: true, details: { since: 1 } }
    expect(readReply({ ok: false, error, seq: 3 })).toEqual({
      ok: false,
      error,
      body: { ok: false, error, seq: 3 },
    })
  })

  it('takes a code from a newer server for a fault that asking again does not mend', () => {
    expect(readRefusal({ code: 'too_early', message: 'Not yet.' })).toMatchObject({
      code: 'internal',
      message: 'Not yet.',
      retryable: false,
      details: { code: 'too_early' },
    })
  })

  it('[PR2] never throws, and never takes garbage for success', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const reply = readReply(value)
        readHello(value)
        if (reply.ok) expect((value as { ok: unknown }).ok).toBe(true)
        else expect(typeof reply.error.message).toBe('string')
      }),
    )
  })
})
