import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { PasswordHash } from '../domain/session-document.ts'

/** scrypt (RFC 7914) as OWASP advises where memory is shared with other work: 32 MiB, some 100 ms. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const
const KEY_BYTES = 32
const SALT_BYTES = 16
/** Of 128 × N × r bytes that it needs, with room: Node refuses more than it was told of. */
const ROOM = 2
/** What is stored may not ask for more than this, whoever wrote it there. */
const MAX_N = 2 ** 20

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

const keyOf = (password: string, salt: Buffer, { N, r, p }: PasswordHash['cost']): Promise<Buffer> =>
  derive(password, salt, KEY_BYTES, { N: Math.min(N, MAX_N), r, p, maxmem: ROOM * 128 * N * r })

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES)
  const key = await keyOf(password, salt, COST)
  return { hash: key.toString('base64url'), salt: salt.toString('base64url'), cost: COST }
}

/** As long for a person who has none as for one who has: against undefined it works as hard, and is wrong. */
export async function isPassword(password: string, kept: PasswordHash | undefined): Promise<boolean> {
  const { hash, salt, cost } = kept ?? NOBODYS
  const key = await keyOf(password, Buffer.from(salt, 'base64url'), cost)
  const wanted = Buffer.from(hash, 'base64url')
  return kept !== undefined && wanted.length === key.length && timingSafeEqual(wanted, key)
}

const NOBODYS: PasswordHash = {
  hash: '',
  salt: Buffer.alloc(SALT_BYTES).toString('base64url'),
  cost: COST,
}
