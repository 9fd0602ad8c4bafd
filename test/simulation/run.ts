/** Runs seeds in a process of their own: a mistake may keep one from ever coming to rest, and it must not take the test along. */
import { spawn } from 'node:child_process'
import type { Asked, Line, Total } from './main.ts'
import type { Verdict } from './simulate.ts'

export interface Ran {
  /** The seeds that found something; of all seeds where all were asked for. */
  readonly verdicts: readonly Verdict[]
  readonly total: Total
  /** Every step, where they were asked for. */
  readonly trace: readonly string[]
}

/** Throws with what the program said where it did not end in good order within `withinMs`. */
export async function runSeeds(program: string, asked: Asked, withinMs = 10 * 60_000): Promise<Ran> {
  const child = spawn(process.execPath, ['--enable-source-maps', program, JSON.stringify(asked)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  let said = ''
  let complained = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(killer)
  const lines = said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  const last = lines.at(-1)
  if (code !== 0 || !last || !('total' in last))
    throw new Error(`the simulation ended with ${code}: ${complained.slice(-2_000)}`)
  return {
    verdicts: lines.flatMap((line) => ('total' in line ? [] : [line])),
    total: last.total,
    trace: asked.traced ? complained.split('\n') : [],
  }
}

export const seedsFrom = (first: number, count: number) => ({ first, count })

/** What was found, with how to see it again. */
export const findings = ({ verdicts }: Ran): readonly string[] =>
  verdicts
    .filter(({ violations }) => violations.length > 0)
    .map(
      ({ seed, violations }) =>
        `seed ${seed} (npm run simulate -- ${seed}):\n${violations.map((one) => `  ${one}`).join('\n')}`,
    )
