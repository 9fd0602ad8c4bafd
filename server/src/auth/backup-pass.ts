/**
 * What asks a running server for a backup: signed by whoever can read its keys, and by nobody else. An administrator's token does
 * not do, for that is one tenant's, and the store is everybody's.
 */
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { type Keys, SIGNING_ALGORITHMS } from './keys.ts'

/** Neither a token nor any other JWT can pass for one (RFC 8725 §3.11). */
const PASS_TYPE = 'holdpoint-backup+jwt'
const LIVES_MS = 30_000

export const makeBackupPass = (keys: Keys, clock: Clock): Promise<string> =>
  new SignJWT({ exp: (clock.now() + LIVES_MS) / 1_000 })
    .setProtectedHeader({ alg: keys.algorithm, typ: PASS_TYPE, kid: keys.kid })
    .sign(keys.signingKey)

export async function isBackupPass(keys: Keys, pass: unknown, clock: Clock): Promise<boolean> {
  if (typeof pass !== 'string') return false
  try {
    await jwtVerify(pass, createLocalJWKSet(keys.jwks), {
      algorithms: SIGNING_ALGORITHMS,
      typ: PASS_TYPE,
      requiredClaims: ['exp'],
      currentDate: new Date(clock.now()),
    })
    return true
  } catch {
    return false
  }
}
