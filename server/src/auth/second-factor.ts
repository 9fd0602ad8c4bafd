import { createHash, randomInt } from 'node:crypto'
import { generateSecret, generateURI, verifySync } from 'otplib'
import type { FactorKit } from '../commands/factors.ts'
import type { Sealer } from './sealer.ts'

/** RFC 6238 as everybody's authenticator app does it, and one step back for slow fingers. */
const STEP_SECONDS = 30
const DIGITS = 6
const ISSUER = 'Holdpoint'

const RECOVERY_CODES = 8
const GROUPS = 4
const GROUP = 5
/** No letters that are read for others (Crockford's base 32): 20 of them are 100 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** TOTP through otplib, and recovery codes. `sealer` undefined: nothing can be enrolled or checked. */
export const createFactorKit = (sealer: Sealer | undefined): FactorKit => ({
  sealer,
  newSecret: () => generateSecret(),
  uriOf: (person, secret) =>
    generateURI({ issuer: ISSUER, label: person, secret, digits: DIGITS, period: STEP_SECONDS }),
  stepOf: totpStep,
  newRecoveryCodes: () => Array.from({ length: RECOVERY_CODES }, recoveryCode),
  hashOf: (text, about) =>
    createHash('sha256')
      .update(`${about}\0${normal(text)}`)
      .digest('base64url'),
})

/**
 * The time step (RFC 6238: seconds since the epoch, by 30) whose code this is: the current one or the one before,
 * and later than `after`. Undefined for any other code, a malformed one included.
 */
export function totpStep(secret: string, code: string, atMs: number, after: number): number | undefined {
  const epoch = Math.floor(atMs / 1_000)
  // otplib throws on both
  if (!/^[0-9]{6}$/.test(code) || after >= Math.floor(epoch / STEP_SECONDS)) return undefined
  const result = verifySync({
    secret,
    token: code,
    epoch,
    digits: DIGITS,
    period: STEP_SECONDS,
    epochTolerance: [STEP_SECONDS, 0],
    ...(after >= 0 && { afterTimeStep: after }),
  })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

const recoveryCode = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
  ).join('-')

/** As it is typed: spaces, dashes and case do not count. */
const normal = (text: string): string => text.toLowerCase().replace(/[\s-]/g, '')
