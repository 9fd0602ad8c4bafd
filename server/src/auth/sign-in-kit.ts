import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { SignInKit } from '../commands/sign-in.ts'
import type { Keys } from './keys.ts'
import { issueToken } from './tokens.ts'

const SECRET_BYTES = 32

/** `keys` undefined: another issuer's tokens are believed, so nobody signs in here. */
export const createSignInKit = (keys: Keys | undefined, clock: Clock): SignInKit => ({
  newSecret: () => randomBytes(SECRET_BYTES).toString('hex'),
  hashOf: (secret) => createHash('sha256').update(secret).digest('base64url'),
  mint: keys && ((who) => issueToken(keys, { ...who, clock })),
})
