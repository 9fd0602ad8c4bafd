import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { SignInKit } from '../commands/sign-in.ts'
import type { Keys } from './keys.ts'
import { hashPassword, isPassword } from './password-hash.ts'
import { issueToken } from './tokens.ts'

const SECRET_BYTES = 32

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `keys` undefined: another issuer's tokens are believed, so nobody signs in here. */
export const createSignInKit = (keys: Keys | undefined, clock: Clock): SignInKit => ({
  newSecret: () => randomBytes(SECRET_BYTES).toString('hex'),
  hashOf: (secret) => createHash('sha256').update(secret).digest('base64url'),
  macOf: (seed, text) => createHmac('sha256', seed).update(text).digest('hex'),
  // of their hashes, which are as long as each other whatever was presented
  same: (a, b) => timingSafeEqual(digest(a), digest(b)),
  hashPassword,
  isPassword,
  sealer: keys?.sealer,
  mint: keys && ((who) => issueToken(keys, { ...who, clock })),
})
