import { expect, it } from 'vitest'
import { check, exchange, goodObservations, one, started, yes } from './good-history.ts'

it('[AG6] finds an epoch handed out twice, and one older than what another process had', () => {
  const twice = [...goodObservations(), ...started(500, '1.1', 'second')]
  const older = [...goodObservations(), ...started(500, '1.0', 'second')]
  expect(check({ observations: twice })).toEqual(one(/^Epoch: a was handed 1.1/))
  expect(check({ observations: older })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Epoch: a was handed 1.0/)]),
  )
})

it('[AG6] finds an old epoch that was heard after a newer one had been handed out', () => {
  const renewed = exchange(600, 'a', 'lease.renew', { epoch: '1.1', after: 0 }, yes())
  const observations = [...goodObservations(), ...started(500, '1.2', 'second'), ...renewed]
  expect(check({ observations })).toEqual(one(/^Epoch: a sent lease.renew under 1.1/))
})
