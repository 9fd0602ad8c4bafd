import { createInterface } from 'node:readline/promises'
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
