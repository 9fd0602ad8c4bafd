import { HoldpointError, OutcomeUnknownError } from '@holdpoint/client/operator'
import { refusal } from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { createOutput } from './output.ts'

function terminal(isTTY: boolean, env: Io['env'] = {}) {
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string) => {
      written[name] += text
    },
  })
  const io = { env, stdout: sink('stdout'), stderr: sink('stderr') } as unknown as Io
  return { io, written }
}
const plain = { json: false, color: false }

describe('results', () => {
  it('are one JSON document with --json, and remarks are left out', () => {
    const { io, written } = terminal(false)
    const out = createOutput(io, { json: true, color: true })
    out.note('remark')
    out.result({ a: 1 }, () => 'words')
    expect(written).toEqual({ stdout: '{"a":1}\n', stderr: '' })
  })

  it('[AP9] are JSON that steers no terminal and hides nothing, and reads as the same data', () => {
    const { io, written } = terminal(true)
    const data = { a: 'é ok \u009b2J \u202e \u200b \u{e0041} \u001b', '\u061c': 1 }
    createOutput(io, { json: true, color: true }).result(data, () => '')
    expect(written.stdout).toContain('é ok')
    expect(written.stdout).not.toMatch(/[\u007f-\u009f\u061c\u200b\u202e]|\u{e0041}/u)
    expect(JSON.parse(written.stdout)).toEqual(data)
  })

  it.each([
    [new UsageError('odd'), 2],
    [new CommandFailure('no'), 3],
    [new HoldpointError(refusal('denied_before')), 3],
    [new HoldpointError(refusal('forbidden')), 4],
    [new HoldpointError(refusal('unavailable')), 5],
    [new HoldpointError(refusal('draining')), 5],
    [new OutcomeUnknownError('k', refusal('unknown')), 6],
    [new TypeError('defect'), 1],
  ])('%s ends with %i', (error, code) => {
    const { io, written } = terminal(false)
    expect(createOutput(io, plain).failure(error)).toBe(code)
    expect(written.stdout).toBe('')
    expect(written.stderr).toMatch(/^✗ .+\n$/)
  })

  it('neutralise what a refusal quotes', () => {
    const { io, written } = terminal(false)
    createOutput(io, plain).failure(new HoldpointError(refusal('denied_before', 'a\u001b[2Jb')))
    expect(written.stderr).toContain('a⟨U+001B⟩[2Jb')
  })

  it('have colours only on a terminal, and not where NO_COLOR is set', () => {
    const colored = (isTTY: boolean, env: Io['env'], color = true) =>
      createOutput(terminal(isTTY, env).io, { json: false, color }).colors.red('x') !== 'x'
    expect([
      colored(true, {}),
      colored(false, {}),
      colored(true, { NO_COLOR: '1' }),
      colored(true, {}, false),
    ]).toEqual([true, false, false, false])
  })
})

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const shownIn = async (isTTY: boolean, ms: number) => {
    const { io, written } = terminal(isTTY)
    const work = createOutput(io, plain).during('Reading', new Promise((resolve) => setTimeout(resolve, ms)))
    await vi.advanceTimersByTimeAsync(ms)
    await work
    return written.stderr
  }

  it('is shown on a terminal once work takes more than a second, and wiped at its end', async () => {
    expect(await shownIn(true, 3_000)).toMatch(/Reading \(1 s\).*Reading \(2 s\)/s)
    expect(await shownIn(true, 3_000)).toSatisfy((text: string) => text.endsWith('\r\u001b[2K'))
    expect(await shownIn(true, 900)).toBe('')
  })

  it('is not shown where nobody looks', async () => {
    expect(await shownIn(false, 3_000)).toBe('')
  })
})
