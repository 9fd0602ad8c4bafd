/**
 * The simulation as a program. It is asked in JSON, and answers in lines of JSON: where it is, what each seed found that
 * found something, and at the end what it came to.
 */
import { type Counts, simulate, type Verdict } from './simulate.ts'
import type { StoreMistakes } from './store/database.ts'

export interface Asked {
  readonly seeds: readonly number[] | Range
  readonly mistakes?: StoreMistakes
  /** The agents' programs keep no keys. */
  readonly keyless?: boolean
  /** Print every step, to stderr. */
  readonly traced?: boolean
  /** Begin no further seed once one has found this (a regular expression). */
  readonly until?: string
  /** Begin no further seed after this, ms. */
  readonly budgetMs?: number
  /** A line for every seed. */
  readonly all?: boolean
}

/** So many seeds, each `step` after the one before. */
export interface Range {
  readonly first: number
  readonly count: number
  readonly step?: number
}

export interface Total extends Counts {
  readonly seeds: number
  /** How many found something. */
  readonly found: number
  /** Of processor time, ms. */
  readonly cpuMs: number
}

/** `at`: the seed that begins. */
export type Line = Verdict | { readonly at: number } | { readonly total: Total }

const asked = JSON.parse(process.argv[2] ?? '{"seeds":[1]}') as Asked
const began = performance.now()
const total = {
  seeds: 0,
  found: 0,
  steps: 0,
  requests: 0,
  acts: 0,
  unanswered: 0,
  events: 0,
  lives: 0,
  repeats: 0,
}
const print = (line: Line): void => console.log(JSON.stringify(line))

const listed = ({ first, count, step = 1 }: Range): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n * step)

const { seeds } = asked
for (const seed of 'first' in seeds ? listed(seeds) : seeds) {
  if (asked.budgetMs !== undefined && performance.now() - began > asked.budgetMs) break
  print({ at: seed })
  const { trace, observations, ...verdict } = await simulate(seed, asked)
  total.seeds += 1
  for (const name of Object.keys(verdict.counts) as (keyof Counts)[]) total[name] += verdict.counts[name]
  if (verdict.violations.length > 0) total.found += 1
  for (const line of trace ?? []) console.error(line)
  for (const one of observations ?? []) console.error(JSON.stringify(one))
  if (asked.all || verdict.violations.length > 0) print(verdict)
  const { until } = asked
  if (until !== undefined && verdict.violations.some((one) => new RegExp(until).test(one))) break
}
const { user, system } = process.cpuUsage()
print({ total: { ...total, cpuMs: Math.round((user + system) / 1_000) } })
