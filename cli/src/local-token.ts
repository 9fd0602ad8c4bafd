import { randomBytes } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { MINUTE, type PersonRole, SECOND } from '@holdpoint/shared'
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
 * What a command in another terminal needs to use these keys: without it, it looks where nobody told it otherwise, and
 * "token create" would make keys there that this server does not trust.
 */
export const dataOption = (keys: string): string =>
  keys === dataFolder({}, undefined) ? '' : ` --data ${quoted(keys)}`

/** As a shell reads it as one word. */
const quoted = (path: string): string =>
  /^[\w./~@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`

/** What is sent to somebody who has not proved to be the folder's control plane: no token at all. */
const UNPROVEN = 'not-sent'
/** What the route answers where it is asked too often (RFC 6585 §4). */
const TOO_MANY = 429
const PROOF_WITHIN_MS = 2 * SECOND
/** A command asks once whether it is the one, and connects right after. */
const PROOF_HOLDS_MS = SECOND

/** Who listens at an address: the control plane of the folder, somebody else, who says that it is asked too often, nobody. */
type Listener = 'ours' | 'foreign' | 'busy' | 'nobody'

/** A token for the control plane of one folder, at one address. */
export interface LocalToken {
  whoListens(): Promise<Listener>
  /** Anew for each connection; no token where what listens by then does not prove that it is the one (ID5). */
  make(): Promise<string>
  /** The ids of all keys that the control plane takes tokens of, as the folder has them. */
  readonly kids: readonly string[]
  /** For the server to copy its store (backup-pass.ts). Whoever else gets it can do no more with it. */
  backupPass(): Promise<string>
}

/**
 * Who may read the signing keys is an administrator of that control plane anyway (ID5), so a person on the same
 * machine needs no token of their own. Undefined where the keys cannot be read.
 */
export async function localToken(folder: string, url: string): Promise<LocalToken | undefined> {
  try {
    await access(join(folder, 'keys.json'), constants.R_OK)
  } catch {
    return undefined
  }
  const { isInstanceProof, issueToken, makeBackupPass, openKeys, systemClock } = await import(
    '@holdpoint/server/credentials'
  )
  const keys = await openKeys(folder)
  const role: PersonRole = 'admin'
  const { port, protocol } = new URL(url)
  const asked = Number(port) || (protocol === 'https:' ? 443 : 80)
  let provenAt = Number.NEGATIVE_INFINITY

  const whoListens = async (): Promise<Listener> => {
    const nonce = randomBytes(24).toString('base64url')
    const signal = AbortSignal.timeout(PROOF_WITHIN_MS)
    const answer = await fetch(`${url}/v1/instance?nonce=${nonce}`, { signal, redirect: 'error' }).catch(
      () => {},
    )
    if (!answer) return 'nobody'
    if (answer.status === TOO_MANY) return 'busy'
    const { proof } = ((await answer.json().catch(() => ({}))) ?? {}) as { readonly proof?: unknown }
    if (!(await isInstanceProof(keys, proof, { nonce, port: asked, clock: systemClock }))) return 'foreign'
    provenAt = performance.now()
    return 'ours'
  }

  const make = async (): Promise<string> => {
    if (performance.now() - provenAt > PROOF_HOLDS_MS && (await whoListens()) !== 'ours') return UNPROVEN
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
  const kids = keys.jwks.keys.flatMap(({ kid }) => kid ?? [])
  return { make, whoListens, kids, backupPass: () => makeBackupPass(keys, systemClock) }
}

/** `local:ana`; what an id may not hold becomes a dash. */
export const localSubject = (user: string): string =>
  `local:${user.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 100) || 'user'}`
