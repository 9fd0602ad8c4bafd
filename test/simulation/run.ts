/** Runs seeds in processes of their own: a mistake may keep one from ever coming to rest, and it must not take the test along. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Asked, Line, Range, Total } from './main.ts'
import type { Verdict } from './simulate.ts'

export interface Ran {
  /** The seeds that found something; of all seeds where all were asked for. */
  readonly verdicts: readonly Verdict[]
  readonly total: Total
  /** Every step, where they were asked for. */
  readonly trace: readonly string[]
}

/** Told as each seed begins, and at once of each verdict that is asked for. */
export type Told = (line: Exclude<Line, { readonly total: Total }>) => void

const MINUTE = 60_000

/** Throws with what the program said, and at which seed, where it did not end in good order within `withinMs`. */
export async function runSeeds(
  program: string,
  asked: Asked,
  { withinMs = 10 * MINUTE, told = () => {} }: { withinMs?: number; told?: Told } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, ['--enable-source-maps', program, JSON.stringify(asked)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  const verdicts: Verdict[] = []
  let total: Total | undefined
  let at: number | undefined
  let complained = ''
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    if ('total' in line) {
      total = line.total
      return
    }
    if ('at' in line) at = line.at
    else verdicts.push(line)
    told(line)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(killer)
  if (code !== 0 || !total)
    throw new Error(`the simulation ended with ${code} at seed ${at}: ${complained.slice(-2_000)}`)
  return { verdicts, total, trace: asked.traced ? complained.split('\n') : [] }
}

/** The same over several processes at once, with every so manieth seed each. */
export async function runSeedsAtOnce(
  processes: number,
  program: string,
  { seeds, ...asked }: Asked & { readonly seeds: Range },
  options: { readonly withinMs?: number; readonly told?: Told },
): Promise<Ran> {
  const { first, count } = seeds
  const shares = Array.from({ length: processes }, (_, n) => ({
    first: first + n,
    count: Math.ceil((count - n) / processes),
    step: processes,
  }))
  const ran = await Promise.all(shares.map((share) => runSeeds(program, { ...asked, seeds: share }, options)))
  return {
    verdicts: ran.flatMap(({ verdicts }) => verdicts).toSorted((a, b) => a.seed - b.seed),
    total: ran.map(({ total }) => total).reduce(added),
    trace: [],
  }
}

const added = (one: Total, other: Total): Total =>
  Object.fromEntries(
    (Object.keys(one) as (keyof Total)[]).map((name) => [name, one[name] + other[name]]),
  ) as unknown as Total

export const seedsFrom = (first: number, count: number): Range => ({ first, count })

/** What was found, with how to see it again. */
export const findings = ({ verdicts }: Pick<Ran, 'verdicts'>): readonly string[] =>
  verdicts
    .filter(({ violations }) => violations.length > 0)
    .map(
      ({ seed, violations }) =>
        `seed ${seed} (npm run simulate -- ${seed}):\n${violations.map((one) => `  ${one}`).join('\n')}`,
    )
