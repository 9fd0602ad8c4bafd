import { createInterface } from 'node:readline/promises'
import { HoldpointError } from '@holdpoint/client/operator'
import type { Io } from '../io.ts'

/** Asks on a terminal; what is typed is returned as it is, nothing where the person ends the input. */
export async function prompt(io: Io, question: string): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  try {
    return await lines.question(question, { signal: io.signal })
  } finally {
    lines.close()
  }
}

/** Whether there is a person to ask. */
export const canAsk = (io: Io): boolean => io.stdin.isTTY === true && io.stderr.isTTY === true

/** Releases; where nothing but a code is missing and there is a person to ask, asks for it and releases with it. */
export async function withCode<T>(
  io: Io,
  given: string | undefined,
  release: (totp: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await release(given)
  } catch (error) {
    const asked = error instanceof HoldpointError && error.code === 'second_factor_required'
    if (!asked || given !== undefined || !canAsk(io)) throw error
    return release((await prompt(io, 'A code from your authenticator app: ')).trim())
  }
}
