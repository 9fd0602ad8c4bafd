import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { createConnectGate } from './connect-gate.ts'

const spend = (take: () => boolean): number => {
  let taken = 0
  while (taken < 1_000 && take()) taken += 1
  return taken
}

it('[ID4] a flood from one address spends its own bound, not that of others, and it comes back', async () => {
  const clock = manualClock()
  const gate = createConnectGate(clock, 5, 10)
  expect(spend(() => gate.take('192.0.2.1'))).toBe(10)
  expect(spend(() => gate.take('192.0.2.2'))).toBe(10)
  await clock.advance(1_000)
  expect(spend(() => gate.take('192.0.2.1'))).toBe(5)
})

it('[ID4] many addresses together are bounded too, also when more of them come than are remembered', () => {
  const gate = createConnectGate(manualClock(), 5, 10)
  let n = 0
  expect(spend(() => gate.take(`10.0.${(n >> 8) & 255}.${n++ & 255}`))).toBe(40)
  const wide = createConnectGate(manualClock(), 1, 4_000)
  for (n = 0; n < 10_001; n++) expect(wide.take(`10.0.${(n >> 8) & 255}.${n & 255}`)).toBe(true)
})

it('[ID4] the addresses of one IPv6 network are one', () => {
  const gate = createConnectGate(manualClock(), 5, 10)
  let n = 0
  expect(spend(() => gate.take(`2001:db8:1:2::${(n++).toString(16)}`))).toBe(10)
  expect(gate.take('2001:db8:1:2:3:4:5:6')).toBe(false)
  expect(gate.take('2001:db8:1:3::1')).toBe(true)
  expect(gate.take('2001:db8::1')).toBe(true)
  expect(gate.take('::ffff:192.0.2.1')).toBe(true)
  expect(gate.take('::1')).toBe(true)
  expect(gate.take(undefined)).toBe(true)
})
