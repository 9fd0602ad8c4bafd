import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { localToken } from './local-token.ts'

interface Asked {
  readonly url: string
  /** Where the server's keys are. */
  readonly keys: string
  readonly told: (done: number, total: number) => void
  readonly signal: AbortSignal
}

type Line =
  | { readonly done: number; readonly total: number }
  | { readonly file: string }
  | { readonly error: { readonly message: string } }

/** What the server calls its copies. */
const FILE = /^backup-[0-9a-f-]{36}\.db$/

/**
 * Has the running server copy its store; resolves with the copy's name in the data folder. `held` says who has the store open.
 * Errors: CommandFailure.
 */
export async function askForBackup({ url, keys, told, signal }: Asked, held: string): Promise<string> {
  const local = await localToken(keys, url)
  if (!local)
    throw new CommandFailure(
      `${held} Its server makes the copy for who can read its keys, and ${keys} holds none that you can.`,
      EXIT.notAllowed,
    )
  const answer = await fetch(`${url}/v1/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await local.backupPass()}` },
    redirect: 'error',
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new CommandFailure(
      `Nothing answered at ${url}, and a server has the store open: name its address with --url, or stop it first. (${held})`,
      EXIT.unreachable,
    )
  })
  const foreign = new CommandFailure(
    `What listens at ${url} is not the control plane of this folder, so it copied nothing: name its address with --url.`,
    EXIT.notAllowed,
  )
  if ([401, 404, 405].includes(answer.status)) throw foreign
  if (!answer.ok || !answer.body) throw new CommandFailure(await problemOf(answer))
  const body = Readable.fromWeb(answer.body as ReadableStream<Uint8Array>)
  for await (const text of createInterface({ input: body })) {
    const line = parse(text)
    if (line === undefined) throw foreign
    if ('error' in line) throw new CommandFailure(line.error.message)
    if ('file' in line) return line.file
    told(line.done, line.total)
  }
  throw new CommandFailure('The server ended before the copy was whole: make another one.', EXIT.unreachable)
}

/** Whoever listens there may answer anything: a name is believed only where it can lie nowhere but in the folder. */
function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line
    if ('file' in line) return FILE.test(line.file) ? line : undefined
    return 'error' in line || 'total' in line ? line : undefined
  } catch {
    return undefined
  }
}

async function problemOf(answer: Response): Promise<string> {
  const { detail } = ((await answer.json().catch(() => ({}))) ?? {}) as { readonly detail?: unknown }
  return typeof detail === 'string' ? detail : `The server answered ${answer.status}.`
}
