import { expect, it } from 'vitest'
import { errorCodes, httpStatus, refusal, refused } from './errors.ts'

/** PROTOCOL, conventions. */
const promised =
  'invalid too_large unauthenticated forbidden not_found conflict already_decided expired agent_stopped agent_locked paused stale_epoch lease_lost not_permitted denied_before second_factor_required second_factor_invalid second_factor_locked rate_limited unavailable unknown_outcome'

it.each(promised.split(' '))('the catalogue has %s', (code) => expect(errorCodes).toContain(code))

it.each(errorCodes)('%s has a sentence for a person and a status of its kind', (code) => {
  const { message, retryable } = refusal(code)
  expect(message).toMatch(/^[A-Z].*\.$/)
  expect(httpStatus(code)).toBeGreaterThanOrEqual(400)
  // what the server itself failed at may work later; telling a client otherwise would lose its request
  if (httpStatus(code) >= 500) expect(retryable).toBe(true)
})

it('a refusal carries its own sentence and what stands, and no empty details', () => {
  expect(refused('conflict', 'Two of them.', { run: 'r1' })).toEqual({
    ok: false,
    error: { code: 'conflict', message: 'Two of them.', retryable: false, details: { run: 'r1' } },
  })
  expect(refusal('not_found')).not.toHaveProperty('details')
})
