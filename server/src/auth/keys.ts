import { constants, type FileHandle, link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname, join } from 'node:path'
import { newId } from '@holdpoint/shared'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose'

/** The one algorithm that our own tokens are signed with (RFC 8037: Ed25519). */
export const SIGNING_ALGORITHM = 'EdDSA'

/** What signs our tokens, and what verifies them: several public keys, so that a retired one keeps verifying. */
export interface Keys {
  readonly kid: string
  readonly signingKey: CryptoKey
  /** Public members only (RFC 7517): safe to serve. */
  readonly jwks: JSONWebKeySet
}

/** The keys can not be trusted or read; `message` is a sentence that says why and what to do. The server must not start. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable'
}

/** As stored: every key that verifies, of which `active` signs. A retired key needs no `d`. */
interface KeyFile {
  readonly active: string
  readonly keys: readonly JWK[]
}

const FILE = 'keys.json'
const READABLE_BY_OTHERS = 0o077
const WRITABLE_BY_OTHERS = 0o022

/**
 * Opens the signing keys in `folder`, and makes the first one where there is none (file 0600, folder 0700).
 * Throws KeysUnusable where another user could have read or replaced them, or where the file is not what we wrote.
 */
export async function openKeys(folder: string): Promise<Keys> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await refuseWritableFolder(folder)
  const path = join(folder, FILE)
  const text = (await readPrivate(path)) ?? (await createFirst(path))
  return readKeys(parseKeyFile(text, path), path)
}

async function refuseWritableFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder)
  if (hasModes() && mode & WRITABLE_BY_OTHERS)
    throw new KeysUnusable(
      `The key folder ${folder} can be written by other users (mode ${octal(mode)}), who could replace the keys; run "chmod 700 ${folder}" and start again.`,
    )
}

/** The file's text, undefined where there is no file. The handle is checked, so that what is read is what was checked. */
async function readPrivate(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new KeysUnusable(
      `The key file ${path} can not be opened; give it to the user that runs the server.`,
      {
        cause: error,
      },
    )
  }
  try {
    const { mode } = await file.stat()
    if (hasModes() && mode & READABLE_BY_OTHERS)
      throw new KeysUnusable(
        `The key file ${path} can be read by other users (mode ${octal(mode)}), who could sign tokens; run "chmod 600 ${path}", and make new keys if anybody may have read it.`,
      )
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Linked into place whole and durable, never over another: of two first starts at once the later takes the earlier's key.
 */
async function createFirst(path: string): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  const contents: KeyFile = { active: kid, keys: [{ ...jwk, kid }] }
  const draft = `${path}.${newId()}.tmp`
  await writeDurably(draft, `${JSON.stringify(contents, null, 2)}\n`)
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(path))
  const text = await readPrivate(path)
  if (text === undefined)
    throw new KeysUnusable(`The key file ${path} vanished while it was made; start again.`)
  return text
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (!hasModes()) return // Windows can not open a folder
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
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

async function readKeys({ active, keys }: KeyFile, path: string): Promise<Keys> {
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

const hasModes = (): boolean => platform() !== 'win32'
const octal = (mode: number): string => (mode & 0o777).toString(8)
