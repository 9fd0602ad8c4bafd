import { HoldpointError, OperatorClient } from '@holdpoint/client/operator'
import { type PersonRole, personRoles } from '@holdpoint/shared'
import { signal } from '@preact/signals'
import type { Person } from '../model/items.ts'
import { go } from './route.ts'

export interface Session {
  readonly client: OperatorClient
  readonly person: Person
}

/** Who is signed in here. The token lives in this page's memory and nowhere else. */
export const session = signal<Session | undefined>()

/** Why the last session ended, for the sign-in page. */
export const farewell = signal<string | undefined>()

const READY_WITHIN_MS = 10_000

/** Connects with a token. Throws an error whose message is for the person. */
export async function signIn(token: string | (() => string | Promise<string>)): Promise<void> {
  const first = typeof token === 'string' ? token.trim() : await token()
  const person = personOf(first)
  if (!person) throw new Error('That is not a person’s token.')
  const client = new OperatorClient({
    url: location.origin,
    token: typeof token === 'string' ? first : token,
  })
  try {
    await client.ready({ timeoutMs: READY_WITHIN_MS })
  } catch (error) {
    await client.close()
    throw error
  }
  farewell.value = undefined
  session.value = { client, person: await known(client, person) }
  void watchEnd(client)
}

/**
 * A one-time link brings its secret in the fragment, which browsers send to nobody. It leaves the address at once, so
 * that neither history nor a glance keeps it.
 */
export async function followLink(): Promise<void> {
  const link = /^#link=(.+)$/.exec(location.hash)?.[1]
  if (link === undefined) return
  go('queue', undefined, { replace: true })
  try {
    const response = await fetch('/v1/sign-in/link', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: decodeURIComponent(link) }),
    })
    const { token, detail } = (await response.json()) as { token?: string; detail?: string }
    if (token === undefined) throw new Error(detail ?? 'The link was not accepted.')
    await signIn(token)
  } catch (error) {
    farewell.value = error instanceof Error ? error.message : String(error)
  }
}

export async function signOut(why?: string): Promise<void> {
  const { client } = session.value ?? {}
  session.value = undefined
  farewell.value = why
  await client?.close()
}

/** As the server knows the person: one under whichever login, with the lesser of the two roles (ID2). */
async function known(client: OperatorClient, named: Person): Promise<Person> {
  try {
    const { id, role, person } = await client.me()
    return { id, role, teams: person?.teams ?? [] }
  } catch {
    return named
  }
}

/** A token that ran out or was revoked ends the session: the page must not go on as if it were live. */
async function watchEnd(client: OperatorClient): Promise<void> {
  try {
    for await (const _ of client.events());
  } catch (error) {
    if (session.value?.client !== client) return
    await signOut(error instanceof HoldpointError ? error.message : 'The connection was ended.')
  }
}

/** Who a JWT names, read without verifying it: that is the server's business, this is for the page's own words. */
function personOf(token: string): Person | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0))
    const { sub, role } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; role?: unknown }
    if (typeof sub !== 'string' || !(personRoles as readonly unknown[]).includes(role)) return undefined
    return { id: sub, role: role as PersonRole, teams: [] }
  } catch {
    return undefined
  }
}
