import { describe, expect, it } from 'vitest'
import { createSealer } from './sealer.ts'
import { createFactorKit, totpStep } from './second-factor.ts'

/** RFC 6238 appendix B, SHA-1; the last six of its eight digits. The secret is "12345678901234567890". */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const

const NEVER = -1

describe('second factor: TOTP', () => {
  it.each(VECTORS)('[SF1] RFC 6238 at %i s', (seconds, code) => {
    expect(totpStep(SECRET, code, seconds * 1_000, NEVER)).toBe(Math.floor(seconds / 30))
  })

  it('[SF1] a code counts in its own step and the one after, to the millisecond', () => {
    const step = Math.floor(1_111_111_109 / 30)
    const from = step * 30_000
    const at = (ms: number) => totpStep(SECRET, '081804', ms, NEVER)
    expect([at(from - 1), at(from), at(from + 59_999), at(from + 60_000)]).toEqual([
      undefined,
      step,
      step,
      undefined,
    ])
  })

  it('[SF2] a step that is spent, or before one that is, is dead', () => {
    const step = Math.floor(59 / 30)
    const check = (after: number) => totpStep(SECRET, '287082', 59_000, after)
    expect([check(step - 1), check(step), check(step + 1), check(step + 1_000)]).toEqual([
      step,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('[SF1] malformed input is no code, and breaks nothing', () => {
    for (const code of ['', '28708', '2870822', ' 287082', '28 082', '٢٨٧٠٨٢', '-28708', '2e7082', 'abcdef'])
      expect(totpStep(SECRET, code, 59_000, NEVER), code).toBeUndefined()
  })

  it('[SF1] the address is one that authenticator apps read', () => {
    const kit = createFactorKit(undefined)
    const secret = kit.newSecret()
    const uri = new URL(kit.uriOf('Ana Ruiz', secret))
    expect(uri.protocol).toBe('otpauth:')
    expect(uri.searchParams.get('secret')).toBe(secret)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/) // 160 bits, as RFC 4226 recommends
    expect(uri.searchParams.get('issuer')).toBe('Holdpoint')
  })

  it('[SF4] recovery codes are hard to guess, and found however they are typed', () => {
    const kit = createFactorKit(undefined)
    const codes = kit.newRecoveryCodes()
    expect(new Set(codes).size).toBe(8)
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{5}-){3}[0-9a-hjkmnp-tv-z]{5}$/)
    const typed = (codes[0] as string).toUpperCase().replaceAll('-', ' ')
    expect(kit.hashOf(typed, 'a')).toBe(kit.hashOf(codes[0] as string, 'a'))
    expect(kit.hashOf(typed, 'b')).not.toBe(kit.hashOf(typed, 'a'))
  })
})

describe('secrets at rest', () => {
  const sealer = createSealer(Buffer.alloc(32, 7))

  it('[SF5] what is sealed opens again, and only as what it was', () => {
    const sealed = sealer.seal('secret', 'factor of ana')
    expect(sealed).not.toContain('secret')
    expect(sealer.seal('secret', 'factor of ana')).not.toBe(sealed)
    expect(sealer.unseal(sealed, 'factor of ana')).toBe('secret')
    expect(sealer.unseal(sealed, 'factor of bo')).toBeUndefined()
    expect(createSealer(Buffer.alloc(32, 8)).unseal(sealed, 'factor of ana')).toBeUndefined()
  })

  it('[SF5] an altered or cut text does not open', () => {
    const sealed = Buffer.from(sealer.seal('secret', 'a'), 'base64url')
    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed)
      altered[at] = (altered[at] as number) ^ 1
      expect(sealer.unseal(altered.toString('base64url'), 'a'), `byte ${at}`).toBeUndefined()
    }
    for (const length of [0, 5, 27, sealed.length - 1])
      expect(sealer.unseal(sealed.subarray(0, length).toString('base64url'), 'a')).toBeUndefined()
  })
})
