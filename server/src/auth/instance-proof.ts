/**
 * How a control plane shows to who can read its key folder that it is the one of that folder: whoever merely listens on its
 * port must not be sent a token that is made from those keys (ID5).
 */
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { type Keys, SIGNING_ALGORITHMS } from './keys.ts'

/** Neither a token nor any other JWT can pass for one (RFC 8725 §3.11). */
const PROOF_TYPE = 'holdpoint-proof+jwt'
const LIVES_MS = 30_000

/** Base64url of 16 to 48 bytes. */
export const NONCE_PATTERN = /^[\w-]{22,64}$/

/** `ports`: those at which it is reached; who asked at another one has somebody in between. */
export const proveInstance = (
  keys: Keys,
  {
    nonce,
    ports,
    clock,
  }: { readonly nonce: string; readonly ports: readonly number[]; readonly clock: Clock },
): Promise<string> =>
  new SignJWT({ nonce, ports, exp: (clock.now() + LIVES_MS) / 1_000 })
    .setProtectedHeader({ alg: keys.algorithm, typ: PROOF_TYPE, kid: keys.kid })
    .sign(keys.signingKey)

/** Whether it answers this nonce at that port, by one of these keys. */
export async function isInstanceProof(
  keys: Keys,
  proof: unknown,
  { nonce, port, clock }: { readonly nonce: string; readonly port: number; readonly clock: Clock },
): Promise<boolean> {
  if (typeof proof !== 'string') return false
  try {
    const { payload } = await jwtVerify(proof, createLocalJWKSet(keys.jwks), {
      algorithms: SIGNING_ALGORITHMS,
      typ: PROOF_TYPE,
      requiredClaims: ['exp'],
      currentDate: new Date(clock.now()),
    })
    return payload.nonce === nonce && Array.isArray(payload.ports) && payload.ports.includes(port)
  } catch {
    return false
  }
}
