import { OperatorClient } from '@holdpoint/client/operator'
import { SECOND } from '@holdpoint/shared'
import { localTokenSource } from './local-token.ts'

/** Whom the first link signs in, until people are registered by their names. */
export const FIRST_PERSON = 'admin'
const WITHIN_MS = 5 * SECOND

export interface FirstSignIn {
  /** The secret is in the fragment, which browsers send to nobody. */
  readonly link: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/**
 * On a control plane that knows no people yet: registers the first one, an admin, and makes the address that signs them
 * in to the web console, once. It is made with the keys of this machine, by which its user is an administrator anyway
 * (ID5). Undefined where somebody is registered already, or it can't be made: then nothing is lost, `people link` does.
 */
export async function firstSignIn(url: string, keys: string): Promise<FirstSignIn | undefined> {
  const token = await localTokenSource(keys)
  if (!token) return undefined
  const client = new OperatorClient({ url, token })
  try {
    const options = { timeoutMs: WITHIN_MS }
    await client.ready(options)
    const { people } = await client.people({ limit: 1 }, options)
    if (people.length > 0) return undefined
    await client.addPerson(FIRST_PERSON, 'admin', options)
    const { link, expiresAt } = await client.linkPerson(FIRST_PERSON, options)
    return { link: linkAddress(url, link), expiresAt }
  } catch {
    // another node was quicker, or other keys than ours count here
    return undefined
  } finally {
    await client.close()
  }
}

export const linkAddress = (url: string, link: string): string => `${url}/#link=${encodeURIComponent(link)}`
