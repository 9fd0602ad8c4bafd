import { expect, it } from 'vitest'
import { fetchToken, refreshInMs } from './token.ts'

const jwt = (payload: object) =>
  `e30.${btoa(JSON.stringify(payload)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.sig`

it('[ID3] refreshes at three quarters of what is left by the server’s clock', () => {
  expect(refreshInMs(jwt({ exp: 1_000, sub: '>>>???' }), 960_000)).toBe(30_000)
})

it('[ID3] never refreshes in a tight loop, however late it is', () => {
  expect(refreshInMs(jwt({ exp: 1_000 }), 2_000_000)).toBe(1_000)
})

it.each(['opaque', 'a.b.c', jwt({}), jwt({ exp: 'soon' })])('plans nothing for %j', (token) => {
  expect(refreshInMs(token, 0)).toBeUndefined()
})

it('asks a function each time', async () => {
  let asked = 0
  const source = async () => {
    asked += 1
    return `token-${asked}`
  }
  expect([await fetchToken(source), await fetchToken(source), await fetchToken('fixed')]).toEqual([
    'token-1',
    'token-2',
    'fixed',
  ])
})
