import {
  BrowserSession,
  HoldpointError,
  OperatorClient,
  type PasswordEntry,
  type SignedIn,
} from '@holdpoint/client/operator'
import { type PersonRole, personRoles, refusal } from '@holdpoint/shared'
import { signal } from '@preact/signals'
import type { Person } from '../model/items.ts'
import { forgetPerson } from './of-person.ts'
import { decoded, go } from './route.ts'

export interface Session {
  readonly client: OperatorClient
  readonly person: Person
  /** Whether the browser keeps it over a reload; a token that was pasted is kept by nobody. */
  readonly kept: boolean
}

/** Who is signed in here. Tokens live in this page's memory and nowhere else. */
export const session = signal<Session | undefined>()

/** Why the last session ended, for the sign-in page. */
export const farewell = signal<string | undefined>()

/** The page was just opened, and may yet turn out to be signed in. */
export const resuming = signal(false)

const ANOTHER = 'Somebody else signed in in another tab of this browser.'
/** Long enough for all that waits to come over a slow line. */
const READY_WITHIN_MS = 40_000
/** That this browser was signed in, so that asking is worth it: a page can't see the cookie. No secret. */
const HINT = 'holdpoint.signed-in'

const browser = new BrowserSession(location.origin)

/** Connects with a token that somebody pasted. Throws an error whose message is for the person. */
export async function signIn(pasted: string): Promise<void> {
  const token = pasted.trim()
  await connect(token, token, false)
}

/** Errors: HoldpointError; `second_factor_required` where a code is needed as well. */
export async function signInWithPassword(entry: PasswordEntry): Promise<void> {
  await keep(await browser.withPassword(entry))
}

/** The secret of a one-time link that was opened here, and waits for a press. */
export const offeredLink = signal<string | undefined>()

/**
 * A one-time link brings its secret in the fragment, which browsers send to nobody; it leaves the address at once, so
 * that neither history nor a glance keeps it. In a tab that is open already it changes nothing but the fragment.
 */
export function followLinks(): void {
  const take = () => {
    const secret = /^#link=(.+)$/.exec(location.hash)?.[1]
    if (secret === undefined) return
    go('queue', undefined, { replace: true })
    offeredLink.value = decoded(secret)
  }
  addEventListener('hashchange', take)
  take()
}

/** Whom it says that it signs in, for the page's own words; the server knows. */
export const personOfLink = (link: string): string | undefined => link.split('~')[1] || undefined

/** Claims it. Whoever was signed in here is so no more. Errors: HoldpointError; `unauthenticated` where it is spent. */
export async function acceptLink(link: string): Promise<void> {
  const signedIn = await browser.withLink(link)
  await leave()
  await come(async () => {
    offeredLink.value = undefined
    return signedIn
  })
}

export function declineLink(): void {
  offeredLink.value = undefined
  if (!session.peek()) void resume()
}

/** This browser may still be signed in; not asked where a link is about to say as whom. */
export async function resume(): Promise<void> {
  if (offeredLink.peek() === undefined && hinted()) await come(() => browser.refresh())
}

/** Signs in without a form: what went wrong is told on the sign-in page. */
async function come(signIn: () => Promise<SignedIn>): Promise<void> {
  resuming.value = true
  try {
    await keep(await signIn())
  } catch (error) {
    if (isOver(error)) hint(false)
    farewell.value = sentence(error)
  } finally {
    resuming.value = false
  }
}

/** The person signs out: of every tab of this browser. */
export async function signOut(): Promise<void> {
  const { kept } = session.value ?? {}
  await leave()
  if (!kept) return
  hint(false)
  await browser.end().catch((error: unknown) => {
    farewell.value = `You left this page, and the server could not be told: ${sentence(error)}`
  })
}

async function leave(why?: string): Promise<void> {
  const { client } = session.value ?? {}
  session.value = undefined
  forgetPerson()
  farewell.value = why
  await client?.close()
}

async function keep({ token }: SignedIn): Promise<void> {
  hint(true)
  await connect(token, freshTokens(token), true)
}

/** First the one at hand; then the session's next one: after a connection was lost the old one may be over. */
function freshTokens(first: string): () => Promise<string> {
  const person = personOf(first)
  let unused: string | undefined = first
  return async () => {
    const atHand = unused
    unused = undefined
    if (atHand !== undefined) return atHand
    const { token } = await browser.refresh().catch(async (error: unknown) => {
      if (isOver(error)) {
        hint(false)
        await leave(sentence(error))
      }
      throw error
    })
    if (personOf(token)?.id === person?.id) return token
    // another tab signed somebody else in: this one must not go on under their name
    await leave(ANOTHER)
    throw new HoldpointError(refusal('unauthenticated', ANOTHER))
  }
}

async function connect(first: string, token: string | (() => Promise<string>), kept: boolean): Promise<void> {
  const person = personOf(first)
  if (!person) throw new Error('That is not a person’s token.')
  const client = new OperatorClient({ url: location.origin, token })
  try {
    await client.ready({ timeoutMs: READY_WITHIN_MS })
  } catch (error) {
    await client.close()
    throw error
  }
  farewell.value = undefined
  session.value = { client, person: await known(client, person), kept }
  void watchEnd(client)
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
    await leave(error instanceof HoldpointError ? error.message : 'The connection was ended.')
  }
}

const isOver = (error: unknown): boolean =>
  error instanceof HoldpointError && error.code === 'unauthenticated'

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function hinted(): boolean {
  try {
    return localStorage.getItem(HINT) !== null
  } catch {
    return false // a browser that keeps nothing: then nobody stays signed in
  }
}

function hint(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(HINT, 'yes')
    else localStorage.removeItem(HINT)
  } catch {
    // as above
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
