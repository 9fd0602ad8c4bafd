import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose'
import { makePrivateFolder } from '../private-folder.ts'
import { createPrivate, hasModes, KeysUnusable, octal, readPrivate } from './private-file.ts'
import { openSealer, type Sealer } from './sealer.ts'

export { KeysUnusable }

/** The one algorithm that our own tokens are signed with (RFC 8037: Ed25519). */
export const SIGNING_ALGORITHM = 'EdDSA'

/** What signs our tokens, and what verifies them: several public keys, so that a retired one keeps verifying. */
export interface Keys {
  readonly kid: string
  readonly signingKey: CryptoKey
  /** Public members only (RFC 7517): safe to serve. */
  readonly jwks: JSONWebKeySet
  /** For secrets at rest; undefined where its key is missing and the folder can't be written. */
  readonly sealer: Sealer | undefined
}

/** As stored: every key that verifies, of which `active` signs. A retired key needs no `d`. */
interface KeyFile {
  readonly active: string
  readonly keys: readonly JWK[]
}

const FILE = 'keys.json'
const WRITABLE_BY_OTHERS = 0o022

/**
 * Opens the signing keys in `folder` and the key for secrets at rest, and makes the first ones where there are none
 * (files 0600, folder 0700).
 * Throws KeysUnusable where another user could have read or replaced them, or where the file is not what we wrote.
 */
export async function openKeys(folder: string): Promise<Keys> {
  makePrivateFolder(folder)
  await refuseWritableFolder(folder)
  const path = join(folder, FILE)
  const text = (await readPrivate(path)) ?? (await createFirst(path))
  return { ...(await readKeys(parseKeyFile(text, path), path)), sealer: await openSealer(folder) }
}

async function refuseWritableFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder)
  if (hasModes() && mode & WRITABLE_BY_OTHERS)
    throw new KeysUnusable(
      `The key folder ${folder} can be written by other users (mode ${octal(mode)}), who could replace the keys; run "chmod 700 ${folder}" and start again.`,
    )
}

async function createFirst(path: string): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  const contents: KeyFile = { active: kid, keys: [{ ...jwk, kid }] }
  return createPrivate(path, `${JSON.stringify(contents, null, 2)}\n`)
}

function parseKeyFile(text: string, path: string): KeyFile {
  let parsed: Partial<KeyFile> | null = null
  try {
    parsed = JSON.parse(text)
  } catch {
    // the sentence below covers it; the parser's own would quote the file
  }
  const keys = parsed?.keys
  const active = parsed?.active
  if (typeof active !== 'string' || !Array.isArray(keys) || !keys.every(isEd25519) || !distinct(keys))
    throw unreadable(path)
  return { active, keys }
}

const isEd25519 = (key: JWK | null): boolean =>
  key?.kty === 'OKP' && key.crv === 'Ed25519' && typeof key.x === 'string' && typeof key.kid === 'string'

const distinct = (keys: readonly JWK[]): boolean => new Set(keys.map((key) => key.kid)).size === keys.length

async function readKeys({ active, keys }: KeyFile, path: string): Promise<Omit<Keys, 'sealer'>> {
  const signing = keys.find((key) => key.kid === active)
  if (!signing?.d) throw unreadable(path)
  const signingKey = await importJWK(signing, SIGNING_ALGORITHM).catch(() => {
    throw unreadable(path)
  })
  return { kid: active, signingKey: signingKey as CryptoKey, jwks: { keys: keys.map(publicPart) } }
}

/** Named one by one: whatever else the file holds stays in it. */
const publicPart = ({ kty, crv, x, kid }: JWK): JWK =>
  ({ kty, crv, x, kid, alg: SIGNING_ALGORITHM, use: 'sig' }) as JWK

const unreadable = (path: string) =>
  new KeysUnusable(
    `The key file ${path} is damaged; restore it from a backup, or move it away to make new keys, which ends every token issued so far.`,
  )
