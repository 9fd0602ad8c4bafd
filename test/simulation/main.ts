/**
 * The simulation as a program. It is asked in JSON, and answers with one line of JSON per seed that found something,
 * and a last one that sums up.
 */
import { type Counts, simulate, type Verdict } from './simulate.ts'
import type { StoreMistakes } from './store/database.ts'

export interface Asked {
  readonly seeds: readonly number[] | { readonly first: number; readonly count: number }
  readonly mistakes?: StoreMistakes
  /** Print every step, to stderr. */
  readonly traced?: boolean
  /** Begin no further seed once one has found this (a regular expression). */
  readonly until?: string
  /** Begin no further seed after this, ms. */
  readonly budgetMs?: number
  /** A line for every seed. */
  readonly all?: boolean
}

export interface Total extends Counts {
  readonly seeds: number
  /** How many found something. */
  readonly found: number
  /** Of processor time, ms. */
  readonly cpuMs: number
}

export type Line = Verdict | { readonly total: Total }

const asked = JSON.parse(process.argv[2] ?? '{"seeds":[1]}') as Asked
const began = performance.now()
const total = { seeds: 0, found: 0, steps: 0, requests: 0, acts: 0, unanswered: 0, events: 0, lives: 0 }
const print = (line: Line): void => console.log(JSON.stringify(line))

const { seeds } = asked
const all = 'first' in seeds ? Array.from({ length: seeds.count }, (_, n) => seeds.first + n) : seeds
for (const seed of all) {
  if (asked.budgetMs !== undefined && performance.now() - began > asked.budgetMs) break
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
