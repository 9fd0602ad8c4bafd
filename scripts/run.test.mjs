import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { step } from './run.mjs'

const output = (isTTY) => {
  const written = []
  return { isTTY, written, write: (text) => written.push(text) }
}

it('a step that takes its time says that it goes on, in a line of its own where there is no terminal', async () => {
  const out = output(false)
  const work = async () => {
    while (out.written.length < 3) await sleep(5)
    return 'done'
  }
  expect(await step('Built', 'Building', work, { out, everyMs: 10 })).toBe('done')
  expect(out.written.at(0)).toBe('  Building …\n')
  expect(out.written.at(1)).toMatch(/^ {2}Building … \d+ s\n$/)
  expect(out.written.at(-1)).toMatch(/^✓ Built \(\d+\.\d s\)\n$/)
})

it('and in the same line of a terminal, which is free again when it fails', async () => {
  const out = output(true)
  const work = async () => {
    while (out.written.length < 2) await sleep(5)
    throw new Error('no')
  }
  await expect(step('Built', 'Building', work, { out, everyMs: 10 })).rejects.toThrow('no')
  expect(out.written.at(1)).toBe('\r\u001b[2K  Building … 0 s')
  expect(out.written.at(-1)).toBe('\n')
})
