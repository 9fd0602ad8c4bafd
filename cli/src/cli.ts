import { readFile } from 'node:fs/promises'
import { HoldpointError, OperatorClient, type OperatorClientOptions } from '@holdpoint/client/operator'
import { SECOND } from '@holdpoint/shared'
import type { Command } from 'commander'
import { CommandFailure, EXIT, Interrupted, UsageError } from './exit-codes.ts'
import type { Io } from './io.ts'
import { keysFolder, localToken } from './local-token.ts'
import { parseDuration } from './output/format.ts'
import { createOutput, type Output } from './output/output.ts'
import { whyUnread } from './unread.ts'

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly data?: string
  readonly timeout?: string
  readonly json?: boolean
  readonly color: boolean
}

export interface Session {
  readonly client: OperatorClient
  readonly out: Output
  readonly io: Io
  readonly url: string
  /** The token that this connection was opened with, or renewed with since. */
  readonly ownToken: () => string
  /** The ids of the keys that the control plane signs with or once did; undefined where they are not at hand. */
  readonly serverKids: readonly string[] | undefined
  /** For a body that has told itself what went wrong, within its result. */
  readonly exitWith: (code: number) => void
}

/** What the commands are built with. */
export interface Cli {
  readonly io: Io
  /** Runs a command's body; a failure is told and becomes the exit code. */
  run(
    command: Command,
    body: (out: Output, globals: GlobalOptions, exitWith: Session['exitWith']) => Promise<void>,
  ): Promise<void>
  /** As `run`, with a connection that is live and in sync, and closed at the end. `keepsOpen`: for longer than a token lasts. */
  withOperator(
    command: Command,
    body: (session: Session) => Promise<void>,
    options?: { readonly keepsOpen?: boolean },
  ): Promise<void>
  readonly exitCode: () => number
}

const DEFAULT_PORT = '7411'
const DEFAULT_TIMEOUT_MS = 10 * SECOND

export function createCli(io: Io): Cli {
  let exitCode: number = EXIT.ok

  const exitWith = (code: number): void => {
    exitCode = code
  }

  const run: Cli['run'] = async (command, body) => {
    const globals = command.optsWithGlobals<GlobalOptions>()
    const out = createOutput(io, { json: globals.json === true, color: globals.color })
    try {
      await body(out, globals, exitWith)
    } catch (error) {
      const silently = io.signal.aborted && !(error instanceof Interrupted)
      exitCode = silently ? EXIT.interrupted : out.failure(error)
    }
  }

  return {
    io,
    run,
    withOperator: (command, body, { keepsOpen = false } = {}) =>
      run(command, async (out, globals) => {
        const url = readUrl(io, globals)
        const timeoutMs = readTimeout(globals)
        const { token: given, kids } = await tokenSource(io, globals, url, keepsOpen)
        let presented = typeof given === 'string' ? given : ''
        const anew = async () => {
          presented = typeof given === 'string' ? given : await given()
          return presented
        }
        const client = new OperatorClient({
          url,
          token: typeof given === 'string' ? given : anew,
          timeoutMs,
          signal: io.signal,
        } satisfies OperatorClientOptions)
        try {
          await out.during(
            `Connecting to ${url}`,
            client
              .ready({ timeoutMs, ...impatience(globals) })
              .catch(orNamed(url))
              .catch(orTold(tokenOrigin(io, globals))),
          )
          await body({ client, out, io, url, ownToken: () => presented, serverKids: kids, exitWith })
        } finally {
          await client.close()
        }
      }),
    exitCode: () => exitCode,
  }
}

/** Where nothing listens, or no token is taken, more tries than these help nobody who has not asked for them. Unit: ms. */
const REFUSED_MS = 1_000

/** Who names a time means to wait for a server that is only starting. */
const impatience = ({ timeout }: GlobalOptions) => (timeout === undefined ? { refusedMs: REFUSED_MS } : {})

/** An address that nothing answers at is named, as it is the likeliest thing to be wrong; and who answers is not looked for elsewhere. */
const orNamed = (url: string) => (error: unknown) => {
  if (!(error instanceof HoldpointError) || error.code !== 'unavailable') throw error
  const message =
    error.cause instanceof HoldpointError
      ? `The control plane at ${url} answers, but can't serve now: ${error.cause.message} Its log says more; /readyz says when it can.`
      : `No control plane answered at ${url}: start one with "holdpoint serve", or name another with --url. (${error.message})`
  throw new HoldpointError({ code: error.code, message, retryable: error.retryable }, { cause: error })
}

/** A token that opens nothing may not be the one that was meant: where it came from, and what to do, is told. */
const orTold = (origin: string | undefined) => (error: unknown) => {
  if (!(error instanceof HoldpointError)) throw error
  if (error.code !== 'unauthenticated' && (error.code !== 'forbidden' || origin === undefined)) throw error
  const { code, retryable, details } = error
  const message = [error.message, originWords(origin, details)].filter(Boolean).join(' ')
  throw new HoldpointError({ code, message, retryable, details }, { cause: error })
}

/** Of a token that was made here, only its keys may be others than were meant; what else there is, the server has said. */
const originWords = (origin: string | undefined, details: HoldpointError['details']): string =>
  origin === undefined
    ? details?.why === 'signature'
      ? 'It was made here with keys.json: if that was changed since the server started, restart the server, which reads it at its start.'
      : ''
    : `It came from ${origin}: give another. On the server's own machine leave it out, or make one with "holdpoint token create".`

/** Who gave the token; undefined where it is made here. */
const tokenOrigin = ({ env }: Io, { token, tokenFile }: GlobalOptions): string | undefined => {
  if (token !== undefined) return '--token'
  if (tokenFile !== undefined) return tokenFile
  return env.HOLDPOINT_TOKEN?.trim() ? 'HOLDPOINT_TOKEN' : undefined
}

/** The control plane that is meant. Errors: UsageError. */
export function readUrl({ env }: Io, globals: GlobalOptions): string {
  const text =
    globals.url ?? env.HOLDPOINT_URL ?? `http://127.0.0.1:${env.HOLDPOINT_PORT?.trim() || DEFAULT_PORT}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`"${text}" is not an address; write one like http://127.0.0.1:${DEFAULT_PORT}.`)
  return url.origin
}

function readTimeout(globals: GlobalOptions): number {
  if (globals.timeout === undefined) return DEFAULT_TIMEOUT_MS
  const ms = parseDuration(globals.timeout)
  if (!ms) throw new UsageError(`"${globals.timeout}" is not a time; write one like 10s or 500ms.`)
  return ms
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/

/** How to come by a token, and of one that is made here the ids of all keys beside the one that signs it. */
interface Source {
  readonly token: OperatorClientOptions['token']
  readonly kids?: readonly string[]
}

/** A token that our own keys sign is never sent to another machine, which could use it here. */
async function tokenSource(
  { env }: Io,
  globals: GlobalOptions,
  url: string,
  keepsOpen: boolean,
): Promise<Source> {
  if (globals.token !== undefined) return { token: globals.token.trim() }
  const { tokenFile } = globals
  // Read anew where it may be replaced meanwhile; a command that is soon over would only wait for that in vain.
  if (tokenFile !== undefined)
    return { token: keepsOpen ? () => readToken(tokenFile) : await readToken(tokenFile) }
  if (env.HOLDPOINT_TOKEN?.trim()) return { token: env.HOLDPOINT_TOKEN.trim() }
  const folder = keysFolder(env, globals.data)
  const local = LOOPBACK.test(new URL(url).hostname) ? await localToken(folder, url) : undefined
  const who = await local?.whoListens()
  if (who === 'busy')
    throw new CommandFailure(
      `What listens at ${url} is asked too often for a proof that it is the control plane of ${folder}, so it was sent no token: run fewer commands at once, try again in a few seconds, or give --token.`,
      EXIT.unreachable,
    )
  if (who === 'foreign')
    throw new CommandFailure(
      `What listens at ${url} is not the control plane of ${folder}, so it was sent no token: start that one, name its address with --url, or give --token.`,
      EXIT.notAllowed,
    )
  if (local) return { token: local.make, kids: local.kids }
  throw new CommandFailure(
    `There is no token: give --token, --token-file or HOLDPOINT_TOKEN, or, on the server's own machine, point --data or HOLDPOINT_DATA at its data folder (${folder} holds no readable keys).`,
    EXIT.notAllowed,
  )
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`The token file ${path} can not be read: ${whyUnread(error)}.`)
  }
}
