import { expect, it } from 'vitest'
import { isAllowedOrigin } from './origins.ts'

it.each([
  [undefined, true],
  ['http://control.example:7411', true],
  ['https://console.example', true],
  ['https://console.example:8443', false],
  ['https://evil.example', false],
  ['http://control.example', false],
  ['null', false],
  ['', false],
])('[ID4] origin %s → %s', (origin, allowed) => {
  const headers = { host: 'control.example:7411', ...(origin !== undefined && { origin }) }
  expect(isAllowedOrigin(headers, ['https://console.example'])).toBe(allowed)
})
