import { OperatorClient } from '@holdpoint/client/operator'
import { SECOND } from '@holdpoint/shared'
import { localToken } from './local-token.ts'
import { localTime } from './output/format.ts'
import { visible } from './output/visible.ts'

/** Whom the first link signs in, until people are registered by their names. */
export const FIRST_PERSON = 'admin'
const WITHIN_MS = 5 * SECOND
/** An admin is mostly among the first. */
const LOOKED_AT = 200

/** A way into the web console. */
export interface FirstSignIn {
  /** The secret is in the fragment, which browsers send to nobody. */
  readonly link: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/** How the first person gets in, or an admin who is on record already gets in again. */
export type WayIn = { readonly first: FirstSignIn } | { readonly admin: string }

/**
 * On a control plane that knows no people yet: registers the first one, an admin, and makes the address that signs them
 * in to the web console, once. It is made with the keys of this machine, by which its user is an administrator anyway
 * (ID5). Where somebody is registered already: an admin, for whom `people link` makes another one. Undefined where
 * neither can be told: then nothing is lost.
 */
export async function wayIn(url: string, keys: string): Promise<WayIn | undefined> {
  const token = await localToken(keys, url)
  if (!token) return undefined
  const client = new OperatorClient({ url, token: token.make })
  try {
    const options = { timeoutMs: WITHIN_MS }
    await client.ready(options)
    const { people } = await client.people({ limit: LOOKED_AT }, options)
    const admin = people.find(({ role, disabled }) => role === 'admin' && disabled === undefined)
    if (admin) return { admin: admin.id }
    if (people.length > 0) return undefined
    await client.addPerson(FIRST_PERSON, 'admin', options)
    const { link, expiresAt } = await client.linkPerson(FIRST_PERSON, options)
    return { first: { link: linkAddress(url, link), expiresAt } }
  } catch {
    // another node was quicker, or other keys than ours count here
    return undefined
  } finally {
    await client.close()
  }
}

/** What a start says of it, in lines of its own. */
export const wayInLines = (way: WayIn | undefined): string => {
  if (way === undefined || 'admin' in way) return ''
  const { link, expiresAt } = way.first
  return `
Nobody is registered yet. This link signs you in to the web console as ${FIRST_PERSON}, once, until ${localTime(expiresAt, new Date())}:
  ${link}
`
}

/** Where the web console is, and how to get in again. `keys`: what the command needs besides to find them. */
export const consoleLine = (url: string, way: WayIn | undefined, keys = ''): string =>
  `  console  ${url}${way && 'admin' in way ? `  to get in again: holdpoint people link ${visible(way.admin)} --url ${url}${keys}` : ''}`

export const linkAddress = (url: string, link: string): string => `${url}/#link=${encodeURIComponent(link)}`
