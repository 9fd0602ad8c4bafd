import { access, constants } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { MINUTE, type PersonRole } from '@holdpoint/shared'
import type { Io } from './io.ts'

/** Short, as it is made anew whenever it is asked for. */
const TTL_MS = 10 * MINUTE

/** The data folder a command means: `--data`, else HOLDPOINT_DATA, else the server's own default. */
export const dataFolder = (env: Io['env'], option: string | undefined): string =>
  resolve(option ?? (env.HOLDPOINT_DATA?.trim() || './holdpoint-data'))

/** Where the signing keys are: HOLDPOINT_KEYS where nodes share them, unless `--data` names a folder of its own. */
export const keysFolder = (env: Io['env'], option: string | undefined): string =>
  option === undefined && env.HOLDPOINT_KEYS?.trim()
    ? resolve(env.HOLDPOINT_KEYS.trim())
    : dataFolder(env, option)

/**
 * Who may read the signing keys is an administrator of that control plane anyway (ID5), so a person on the same
 * machine needs no token of their own. Undefined where the keys cannot be read.
 */
export async function localTokenSource(folder: string): Promise<(() => Promise<string>) | undefined> {
  try {
    await access(join(folder, 'keys.json'), constants.R_OK)
  } catch {
    return undefined
  }
  const { issueToken, openKeys, systemClock } = await import('@holdpoint/server/credentials')
  const keys = await openKeys(folder)
  const role: PersonRole = 'admin'
  return async () => {
    const token = await issueToken(keys, {
      tenant: 'default',
      subject: localSubject(userInfo().username),
      role,
      ttlMs: TTL_MS,
      clock: systemClock,
    })
    if (!token.ok) throw new Error(token.error.message)
    return token.value
  }
}

/** `local:ana`; what an id may not hold becomes a dash. */
export const localSubject = (user: string): string =>
  `local:${user.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 100) || 'user'}`
