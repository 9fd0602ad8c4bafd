import { type Crowd, crowdRatio } from './crowd.ts'
import type { RoundTrips } from './measure.ts'
import type { StageName } from './stages.ts'
import { table } from './statistics.ts'

/** What is to be reached, as a ratio to the baseline of the same round. */
interface Target {
  readonly measure: string
  readonly reached: number | undefined
  readonly must: number
  readonly aim: number
  /** Less is better. */
  readonly isAtMost?: boolean
}

const RATES: readonly (readonly [StageName, number, number, number])[] = [
  ['everysec', 64, 0.6, 0.9],
  ['everysec', 256, 0.65, 1.1],
  ['embedded', 64, 0.5, 0.8],
  ['embedded', 256, 0.65, 1.0],
  ['always', 64, 0.42, 0.6],
  ['always', 256, 0.5, 0.9],
  ['nodes', 64, 0.8, 1.2],
  ['nodes', 256, 0.8, 1.2],
]
const WAITS: readonly (readonly [StageName, number, number])[] = [
  ['everysec', 2.5, 1.9],
  ['embedded', 5, 4],
  ['always', 7, 5.5],
]

function targets(roundTrips: readonly RoundTrips[], crowds: readonly Crowd[]): readonly Target[] {
  const of = (stage: StageName, outstanding: number) =>
    roundTrips.find((one) => one.stage === stage && one.outstanding === outstanding)
  const crowd = crowds.toSorted((a, b) => b.clients - a.clients)[0]
  const over = (value: Parameters<typeof crowdRatio>[1]): number | undefined =>
    crowd && crowdRatio(crowd, value)
  return [
    ...RATES.map(([stage, at, must, aim]) => ({
      measure: `round trips, ${stage}, ${at} at once`,
      reached: of(stage, at)?.ratio.median,
      must,
      aim,
    })),
    ...WAITS.map(([stage, must, aim]) => ({
      measure: `p50, ${stage}, 1 at once`,
      reached: of(stage, 1)?.p50Ratio.median,
      must,
      aim,
      isAtMost: true,
    })),
    {
      measure: 'stop all, to the last',
      reached: over((one) => one.toLastMs),
      must: 1.2,
      aim: 0.9,
      isAtMost: true,
    },
    {
      measure: 'memory per idle agent',
      reached: over((one) => one.bytes),
      must: 1.3,
      aim: 1,
      isAtMost: true,
    },
    {
      measure: 'connects with run start',
      reached: over((one) => one.connectsPerSecond),
      must: 0.4,
      aim: 0.7,
    },
  ]
}

/** Prints how what was measured compares with what is to be reached. Returns whether every "must" among it is met. */
export function checkTargets(roundTrips: readonly RoundTrips[], crowds: readonly Crowd[]): boolean {
  const measured = targets(roundTrips, crowds).flatMap(({ reached, ...target }) =>
    reached === undefined ? [] : [{ ...target, reached }],
  )
  const meets = (reached: number, bound: number, isAtMost = false): boolean =>
    isAtMost ? reached <= bound : reached >= bound
  console.log('\nTargets, as ratios to the baseline')
  console.log(
    table([
      ['measure', 'reached', 'must', 'aim', ''],
      ...measured.map(({ measure, reached, must, aim, isAtMost }) => [
        measure,
        reached.toFixed(2),
        `${isAtMost ? '≤' : '≥'} ${must}`,
        `${isAtMost ? '≤' : '≥'} ${aim}`,
        meets(reached, aim, isAtMost) ? 'aim met' : meets(reached, must, isAtMost) ? 'must met' : 'missed',
      ]),
    ]),
  )
  return measured.every(({ reached, must, isAtMost }) => meets(reached, must, isAtMost))
}
