import { PassThrough } from 'node:stream'
import { HoldpointError, type OperatorClient } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { prompt, withCode } from './confirm.ts'

function terminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const interrupted = new AbortController()
  const io = { env: {}, stdin, stderr, stdout: stderr, signal: interrupted.signal } as unknown as Io
  return { io, interrupted, type: (keys: string) => stdin.write(keys) }
}

describe('a question on a terminal', () => {
  it('returns what was typed', async () => {
    const { io, type } = terminal()
    const answer = prompt(io, 'Sure? ', 'Nothing was done.')
    type('yes\r')
    expect(await answer).toBe('yes')
  })

  it('ends on Ctrl-C with 130, and says what was left undone', async () => {
    const { io, type } = terminal()
    const answer = prompt(io, 'Sure? ', 'Not released; it still waits.')
    type('\u0003')
    const error = await answer.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Interrupted)
    expect(error).toMatchObject({ message: 'Not released; it still waits.', exitCode: 130 })
  })

  it('ends so on a signal too', async () => {
    const { io, interrupted } = terminal()
    const answer = prompt(io, 'Sure? ', 'Nothing was done.')
    interrupted.abort()
    await expect(answer).rejects.toThrow('Nothing was done.')
  })

  it('takes the end of the input for no answer', async () => {
    const { io, type } = terminal()
    const answer = prompt(io, 'Sure? ', 'Nothing was done.')
    type('\u0004')
    expect(await answer).toBe('')
  })
})

it('[PR2] tells why a release was refused, also where nobody can say then whether the person has a second factor', async () => {
  const { io } = terminal()
  const refused = new HoldpointError(refusal('second_factor_required'))
  const me = () => Promise.reject(new HoldpointError(refusal('unavailable')))
  const session = { io, client: { me } as unknown as OperatorClient }
  await expect(withCode(session, undefined, () => Promise.reject(refused))).rejects.toBe(refused)
})
