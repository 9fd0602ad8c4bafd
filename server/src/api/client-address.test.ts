import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

const from = (forwarded: string | undefined, proxies: number) =>
  clientAddress(
    {
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: '10.0.0.1' } as IncomingMessage['socket'],
    },
    proxies,
  )

it('[ID4] without a trusted proxy nothing that a client says of its address is believed', () => {
  expect(from('203.0.113.7', 0)).toBe('10.0.0.1')
  expect(from(undefined, 0)).toBe('10.0.0.1')
})

it('[ID4] of so many trusted proxies the outermost one says from where it comes, whatever a client put before that', () => {
  expect(from('203.0.113.7', 1)).toBe('203.0.113.7')
  expect(from('1.1.1.1, 203.0.113.7', 1)).toBe('203.0.113.7')
  expect(from('1.1.1.1, 203.0.113.7, 10.0.0.9', 2)).toBe('203.0.113.7')
  expect(from('2001:db8::1', 1)).toBe('2001:db8::1')
})

it('[ID4] what is no address, and fewer proxies than were said, are one bound for all that come that way', () => {
  for (const forwarded of [undefined, '', 'unknown', '203.0.113.7:4711', '203.0.113.7, '])
    expect(from(forwarded, 1), forwarded).toBe('10.0.0.1')
  expect(from('203.0.113.7', 2)).toBe('10.0.0.1')
})
