import { expect, it } from 'vitest'
import type { Observation, Timing } from '../history.ts'
import { check, goodObservations, one } from './good-history.ts'

it('[PR2] finds an answer that came too late, whatever it said, and does not count what its node was frozen for', () => {
  const slow: readonly Observation[] = [
    { kind: 'sent', at: 500, principal: 'a', exchange: 'slow', name: 'lease.renew', body: { epoch: '1.1' } },
    {
      kind: 'answered',
      at: 2_600,
      exchange: 'slow',
      answer: { ok: false, error: { code: 'unavailable', message: '', retryable: true } },
    },
  ]
  const found = (frozen: Timing['frozen']) =>
    check({
      observations: [...goodObservations(), ...slow],
      timing: { answeredWithinMs: 2_000, frozen },
    })
  expect(found([])).toEqual(one(/^Late: a sent lease.renew .*unavailable after 2100 ms/))
  expect(found([{ from: 0, to: 550 }])).toEqual(one(/^Late: .*after 2050 ms/))
  expect(found([{ from: 2_000, to: 3_000 }])).toEqual([])
})
