import { createInterface } from 'node:readline/promises'
import { HoldpointError } from '@holdpoint/client/operator'
import type { ApprovalView } from '@holdpoint/shared'
import type { Session } from '../cli.ts'
import { Interrupted, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import type { Output } from '../output/output.ts'

/**
 * Asks on a terminal; what is typed is returned as it is, nothing where the person ends the input (Ctrl-D).
 * Errors: Interrupted on Ctrl-C, which says `unless`: what was left undone.
 */
export async function prompt(io: Io, question: string, unless = 'Nothing was sent.'): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  let release = () => {}
  try {
    const interrupted = new Promise<never>((_, reject) => {
      const interrupt = () => reject(new Interrupted(unless))
      lines.once('SIGINT', interrupt)
      io.signal.addEventListener('abort', interrupt, { once: true })
      release = () => io.signal.removeEventListener('abort', interrupt)
      if (io.signal.aborted) interrupt()
    })
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    return await Promise.race([lines.question(question), interrupted, ended])
  } catch (error) {
    // The answer's line was begun and not ended.
    if (error instanceof Interrupted) io.stderr.write('\n')
    throw error
  } finally {
    release()
    lines.close()
  }
}

/** A code that was given and not asked for is still good: the person is told that it was not spent. */
export function tellIfUnspent(
  out: Output,
  given: string | undefined,
  { signatures }: Pick<ApprovalView, 'signatures'>,
): void {
  if (given !== undefined && signatures?.at(-1)?.factor === undefined)
    out.note('No second factor was needed here; the code was not used.')
}

/** Whether there is a person to ask. */
export const canAsk = (io: Io): boolean => io.stdin.isTTY === true && io.stderr.isTTY === true

/**
 * Releases, with a code of six digits where one was given; where nothing but a code is missing and there is a person to ask who
 * has a second factor, asks for it and releases with it.
 */
export async function withCode<T>(
  { io, client }: Pick<Session, 'io' | 'client'>,
  given: string | undefined,
  release: (totp: string | undefined) => Promise<T>,
): Promise<T> {
  if (given !== undefined && !/^[0-9]{6}$/.test(given))
    throw new UsageError('--totp takes the six digits that the authenticator app shows.')
  try {
    return await release(given)
  } catch (error) {
    const asked = error instanceof HoldpointError && error.code === 'second_factor_required'
    if (!asked || given !== undefined || !canAsk(io)) throw error
    // whatever keeps that from being read, the refusal is what the person is to hear of
    const me = await client.me().catch(() => undefined)
    if (!me?.person?.factor?.enrolled) throw error
    const code = await prompt(
      io,
      'A code from your authenticator app: ',
      'Nothing was released; it still waits.',
    )
    return release(code.trim())
  }
}
