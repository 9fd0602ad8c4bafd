import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { createSignInKit } from './sign-in-kit.ts'

it('[ID1] compares secrets whatever is presented', () => {
  const { same } = createSignInKit(undefined, systemClock)
  expect(same('abcd', 'abcd')).toBe(true)
  // as many characters, and more bytes
  for (const other of ['', 'abc', 'abce', 'abcé', 'abcde']) expect(same('abcd', other)).toBe(false)
})
