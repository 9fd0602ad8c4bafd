import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok } from '@holdpoint/shared'
import { decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { KeysUnusable, openKeys } from './keys.ts'
import { createVerifier, issueToken } from './tokens.ts'

let parent: string
let folder: string
let file: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'holdpoint-keys-'))
  folder = join(parent, 'keys')
  file = join(folder, 'keys.json')
})
afterEach(() => rm(parent, { recursive: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const request = { tenant: 'acme', subject: 'ana', role: 'viewer', ttlMs: 60_000, clock: systemClock } as const
const unwrap = (token: Awaited<ReturnType<typeof issueToken>>) =>
  token.ok ? token.value : expect.unreachable()

describe('opening the signing keys', () => {
  it('[ID1] makes a key on the first start, for its owner alone, and finds it again', async () => {
    const first = await openKeys(folder)
    const again = await openKeys(folder)
    expect(again.kid).toBe(first.kid)
    expect(again.jwks).toEqual(first.jwks)
    expect(await modeOf(folder)).toBe(0o700)
    expect(await modeOf(file)).toBe(0o600)
  })

  it('[ID5] tells Git to leave a folder of its own alone, and no folder that holds other things', async () => {
    await openKeys(folder)
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    await writeFile(join(parent, 'mine.txt'), '')
    await chmod(parent, 0o700)
    await openKeys(parent)
    await expect(stat(join(parent, '.gitignore'))).rejects.toThrow('ENOENT')
  })

  it('[ID1] serves the public half only', async () => {
    const { jwks, kid } = await openKeys(folder)
    expect(jwks.keys).toEqual([
      { kty: 'RSA', n: expect.any(String), e: 'AQAB', kid, alg: 'PS256', use: 'sig' },
    ])
    expect(JSON.parse(await readFile(file, 'utf8')).keys[0].d).toEqual(expect.any(String))
  })

  it.each([1_024, 2_041])(
    '[ID1] refuses a key of %i bits, also one that only verifies',
    async (modulusLength) => {
      await openKeys(folder)
      const made = JSON.parse(await readFile(file, 'utf8'))
      const { d, p, q, dp, dq, qi, ...shown } = generateKeyPairSync('rsa', {
        modulusLength,
      }).privateKey.export({
        format: 'jwk',
      })
      const short = { ...shown, kid: 'short' }
      await writeFile(file, JSON.stringify({ active: 'short', keys: [{ ...short, d, p, q, dp, dq, qi }] }))
      await expect(openKeys(folder)).rejects.toThrow(/is damaged; restore it from a backup/)
      await writeFile(file, JSON.stringify({ ...made, keys: [...made.keys, short] }))
      await expect(openKeys(folder)).rejects.toThrow(/is damaged; restore it from a backup/)
    },
  )

  it('[ID1] signs with a key of an older folder as before, and verifies by it beside a new one', async () => {
    const made = await openKeys(folder)
    const [rsa] = JSON.parse(await readFile(file, 'utf8')).keys
    const older = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'older' }
    await writeFile(file, JSON.stringify({ active: 'older', keys: [older] }))
    const before = await openKeys(folder)
    const issued = unwrap(await issueToken(before, request))
    expect(decodeProtectedHeader(issued)).toMatchObject({ alg: 'EdDSA', kid: 'older' })

    await writeFile(file, JSON.stringify({ active: made.kid, keys: [rsa, older] }))
    const after = await openKeys(folder)
    const { verify } = createVerifier({ keys: after, clock: systemClock })
    expect(await verify(issued)).toMatchObject(ok({ id: 'ana' }))
    const next = unwrap(await issueToken(after, request))
    expect(decodeProtectedHeader(next)).toMatchObject({ alg: 'PS256', kid: made.kid })
    expect(await verify(next)).toMatchObject(ok({ id: 'ana' }))
    const { verify: withoutOlder } = createVerifier({ keys: made, clock: systemClock })
    expect(await withoutOlder(issued)).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
  })

  it('[ID1] two first starts at once agree on one key', async () => {
    const opened = await Promise.all([openKeys(folder), openKeys(folder), openKeys(folder)])
    expect(new Set(opened.map((keys) => keys.kid)).size).toBe(1)
  })

  it.each([0o640, 0o604, 0o660])('[ID5] refuses a key file of mode %o, with a sentence', async (mode) => {
    await openKeys(folder)
    await chmod(file, mode)
    const start = openKeys(folder)
    await expect(start).rejects.toThrow(KeysUnusable)
    await expect(start).rejects.toThrow(/can be read by other users .*chmod 600/)
  })

  it('[ID5] refuses a folder in which others could swap the file', async () => {
    await openKeys(folder)
    await chmod(folder, 0o770)
    await expect(openKeys(folder)).rejects.toThrow(/chmod 700/)
  })

  it.each([
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['null', () => 'null'],
    ['no private half', (text: string) => text.replace(/"d": "[^"]*",?/, '').replace(/,(\s*})/, '$1')],
    ['an active key that is not there', (text: string) => text.replace(/"active": "/, '"active": "x')],
    ['one key twice', (text: string) => text.replace(/\[(.*)\]/s, '[$1,$1]')],
    ['a key that is no key', (text: string) => text.replace(/"n": "[^"]*"/, '"n": "AAAA"')],
    [
      'a retired key that is none',
      (text: string) =>
        text.replace('"keys": [', '"keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "old" },'),
    ],
    ['a kind that every object has', (text: string) => text.replace('"kty": "RSA"', '"kty": "constructor"')],
    ['a key of another kind', (text: string) => text.replace('"kty": "RSA"', '"kty": "oct"')],
    ['the members of another kind', (text: string) => text.replace('"kty": "RSA"', '"kty": "OKP"')],
  ])('[ID1] refuses a key file with %s, and quotes none of it', async (_, damage) => {
    const { d } = await openKeys(folder).then(async () => JSON.parse(await readFile(file, 'utf8')).keys[0])
    const damaged = damage(await readFile(file, 'utf8'))
    await writeFile(file, damaged)
    const error = await openKeys(folder).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KeysUnusable)
    expect((error as Error).message).toMatch(/is damaged; restore it from a backup/)
    expect((error as Error).message).not.toContain(d)
    expect(await readFile(file, 'utf8')).toBe(damaged)
  })

  it('[ID1] a retired key keeps verifying, and no longer signs', async () => {
    const old = await openKeys(folder)
    const issued = unwrap(await issueToken(old, request))
    const other = await openKeys(join(parent, 'other'))
    const [retired] = old.jwks.keys
    const fresh = JSON.parse(await readFile(join(parent, 'other', 'keys.json'), 'utf8'))
    await writeFile(file, JSON.stringify({ active: other.kid, keys: [...fresh.keys, retired] }))

    const rotated = await openKeys(folder)
    expect(rotated.kid).toBe(other.kid)
    const { verify } = createVerifier({ keys: rotated, clock: systemClock })
    expect(await verify(issued)).toMatchObject({ ok: true, value: { id: 'ana' } })
    const next = unwrap(await issueToken(rotated, request))
    expect(await verify(next)).toMatchObject(ok({ id: 'ana' }))
    const before = createVerifier({ keys: old, clock: systemClock })
    expect(await before.verify(next)).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
  })
})
