import { issueToken, openKeys, systemClock } from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'

/** Signs tokens with the keys of a server's folder. */
export async function tokenMaker(folder: string): Promise<(role: Role, subject: string) => Promise<string>> {
  const keys = await openKeys(folder)
  return async (role, subject) => {
    const token = await issueToken(keys, {
      tenant: 'default',
      subject,
      role,
      ttlMs: 12 * HOUR,
      clock: systemClock,
    })
    if (!token.ok) throw new Error(token.error.message)
    return token.value
  }
}
