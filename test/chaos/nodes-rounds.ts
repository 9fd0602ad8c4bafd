import { checkHistory } from './check-history.ts'
import { type NodesChaos, runNodesChaos } from './nodes-chaos.ts'

/** One round after the other, each on a fresh cluster and checked by itself, so that a run of hours needs no more memory. */
export interface Round {
  readonly seed: number
  readonly counts: NodesChaos['counts']
  /** What was found to be wrong, a sentence each. */
  readonly wrong: readonly string[]
}

export interface RoundsOptions {
  readonly seed: number
  /** Asked before each round, with those so far. */
  readonly goOn: (rounds: readonly Round[]) => boolean
  /** Of each round, at least. */
  readonly faults: number
  readonly operations: number
}

/** Enough under way at once that the machine is never idle but where a fault holds everybody up. */
const LOAD = {
  agents: 16,
  processes: 4,
  workers: 12,
  deciders: 8,
  runLength: 1_000,
  interveneEveryMs: [1_000, 4_000],
  peaceMs: [300, 2_500],
} as const

export async function runRounds({
  seed,
  goOn,
  faults,
  operations,
}: RoundsOptions): Promise<readonly Round[]> {
  const rounds: Round[] = []
  while (goOn(rounds)) {
    const own = seed + rounds.length
    const { history, counts, alsoWrong } = await runNodesChaos({ seed: own, faults, operations, ...LOAD })
    const round = { seed: own, counts, wrong: [...checkHistory(history), ...alsoWrong, ...stuckIn(counts)] }
    console.log(JSON.stringify({ seed: own, ...counts, wrong: round.wrong }))
    rounds.push(round)
  }
  return rounds
}

const stuckIn = ({ stuck }: NodesChaos['counts']): readonly string[] =>
  stuck.map((agent) => `Stuck: ${agent} did not come to the end of what it had begun.`)

export const faultsIn = (rounds: readonly Round[]): number =>
  sum(rounds.flatMap(({ counts }) => Object.values(counts.faults)))

export const operationsIn = (rounds: readonly Round[]): number =>
  sum(rounds.map(({ counts }) => counts.operations))

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
