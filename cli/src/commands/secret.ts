import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { HoldpointError } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import type { Io } from '../io.ts'
import { canAsk, prompt } from './confirm.ts'

const MAX_LINE = 4_096

/**
 * A secret that is in no argument, where every program of the machine could read it: typed twice without being shown,
 * or the first line of the input where nobody is there to type. Errors: `invalid`; Interrupted on Ctrl-C.
 */
export async function readSecret(io: Io, what: string): Promise<string> {
  if (!canAsk(io)) return firstLine(io)
  const first = await hidden(io, `${what}: `)
  const second = await hidden(io, 'The same once more: ')
  if (first !== second)
    throw new HoldpointError(refusal('invalid', 'The two are not the same; nothing was sent.'))
  return first
}

/** The question is shown, and nothing of what is typed. */
async function hidden(io: Io, question: string): Promise<string> {
  io.stderr.write(question)
  const nowhere = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
    isTTY: true,
    columns: 80,
  }) as unknown as NodeJS.WriteStream
  try {
    return await prompt({ ...io, stderr: nowhere }, '')
  } finally {
    io.stderr.write('\n')
  }
}

async function firstLine(io: Io): Promise<string> {
  const lines = createInterface({ input: io.stdin })
  try {
    for await (const line of lines) return line.slice(0, MAX_LINE)
    throw new HoldpointError(refusal('invalid', 'There was no input; the secret is its first line.'))
  } finally {
    lines.close()
  }
}
