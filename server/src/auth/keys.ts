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

/**
 * How the keys that are made here sign (RFC 7518 §3.5). Each agent that comes has its token verified, and all of them come at once when a
 * server starts: RSA verifies in a third of the time that Ed25519 takes. That it signs slowly matters less: at a login, and where a command
 * line asks a server for a proof.
 */
const NEW_KEY = { algorithm: 'PS256', modulusLength: 2_048 } as const

/** The kinds of keys that may stand in the file: what they sign with, and their public members. */
const KINDS: Readonly<
  Record<string, { readonly algorithm: string; readonly members: readonly (keyof JWK)[] }>
> = {
  RSA: { algorithm: 'PS256', members: ['n', 'e'] },
  // what was made before, or by hand (RFC 8037)
  OKP: { algorithm: 'EdDSA', members: ['crv', 'x'] },
}
/** What a key of ours may sign with. */
export const SIGNING_ALGORITHMS = Object.values(KINDS).map(({ algorithm }) => algorithm)
/** Unit: bits (RFC 7518 §3.5). */
const LEAST_MODULUS = 2_048

/** What signs our tokens, and what verifies them: several public keys, so that a retired one keeps verifying. */
export interface Keys {
  readonly kid: string
  readonly signingKey: CryptoKey
  /** What `signingKey` signs with. */
  readonly algorithm: string
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
  const { privateKey } = await generateKeyPair(NEW_KEY.algorithm, {
    modulusLength: NEW_KEY.modulusLength,
    extractable: true,
  })
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
  if (typeof active !== 'string' || !Array.isArray(keys) || !keys.every(isKey) || !distinct(keys))
    throw unreadable(path)
  return { active, keys }
}

const kindOf = ({ kty }: JWK) => (kty !== undefined && Object.hasOwn(KINDS, kty) ? KINDS[kty] : undefined)

function isKey(key: JWK | null): boolean {
  const kind = key ? kindOf(key) : undefined
  if (!key || !kind || typeof key.kid !== 'string') return false
  return kind.members.every((member) => typeof key[member] === 'string')
}

/** Throws where it is no key, or one that nothing can be verified with. */
async function importKey(key: JWK): Promise<CryptoKey> {
  const imported = (await importJWK(key, kindOf(key)?.algorithm)) as CryptoKey
  const { modulusLength = LEAST_MODULUS } = imported.algorithm as { readonly modulusLength?: number }
  if (modulusLength < LEAST_MODULUS) throw new RangeError(`a modulus of ${modulusLength} bits`)
  return imported
}

const distinct = (keys: readonly JWK[]): boolean => new Set(keys.map((key) => key.kid)).size === keys.length

async function readKeys({ active, keys }: KeyFile, path: string): Promise<Omit<Keys, 'sealer'>> {
  const signing = keys.find((key) => key.kid === active)
  const algorithm = signing && kindOf(signing)?.algorithm
  if (!signing?.d || algorithm === undefined) throw unreadable(path)
  // those that only verify as well: one that is none would be found by whoever shows a token of it
  const [signingKey] = await Promise.all([signing, ...keys.map(publicPart)].map(importKey)).catch(() => {
    throw unreadable(path)
  })
  return {
    kid: active,
    signingKey: signingKey as CryptoKey,
    algorithm,
    jwks: { keys: keys.map(publicPart) },
  }
}

/** Named one by one: whatever else the file holds stays in it. */
function publicPart(key: JWK): JWK {
  const { algorithm, members = [] } = kindOf(key) ?? {}
  const shown = Object.fromEntries(members.map((member) => [member, key[member]]))
  return { kty: key.kty, ...shown, kid: key.kid, alg: algorithm, use: 'sig' } as JWK
}

const unreadable = (path: string) =>
  new KeysUnusable(
    `The key file ${path} is damaged; restore it from a backup, or move it away to make new keys, which ends every token issued so far.`,
  )
