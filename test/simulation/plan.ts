/** What a seed decides before anything happens: how large, how slow, how hostile. */
import { builtInPolicy, HOUR, MINUTE, type Policy, SECOND } from '@holdpoint/shared'
import type { Random } from '../harness/random.ts'
import { type FaultName, faultNames, HEARSAY } from './nemesis.ts'
import type { BusFaults } from './network/bus.ts'
import type { Weather } from './network/network.ts'
import type { RouteFaults } from './store/route.ts'

export interface Plan {
  readonly nodes: number
  /** The only node has its store in its own process: nothing lies between the two. */
  readonly embedded: boolean
  readonly agents: number
  readonly operators: number
  readonly leaseMs: number
  /** For how long work and faults go on, ms of true time. */
  readonly activeMs: number
  readonly weather: Weather
  readonly routeFaults: RouteFaults
  readonly busFaults: BusFaults
  readonly faults: number
  /** The kinds of faults there are. */
  readonly kinds: readonly FaultName[]
  /** The store comes back once without its last moments (ST9). */
  readonly losesHistory: boolean
  readonly policy: Policy
  /** The rates of clocks: within 0.2 % of each other (PR8). */
  readonly rate: () => number
}

/** Every tenth seed each. */
const KINDS = [
  ...['calm', 'mixed', 'mixed', 'unheard', 'unheard', 'hearsay'],
  ...['few', 'few', 'few', 'few'],
] as const

/** Half of what two clocks may differ by. */
const DRIFT = 0.001

/**
 * Four tenths of all seeds have a few kinds of faults and many of each: where everything goes wrong a little, the same thing seldom
 * goes wrong twice in one place.
 */
export function planOf(chance: Random): Plan {
  const kind = chance.pick(KINDS)
  const isCalm = kind === 'calm'
  // AG4's two worst cases take other nodes, and a lease that is soon over.
  const isAboutLeases = kind === 'unheard' || kind === 'hearsay'
  const isHearsay = kind === 'hearsay'
  const nodes = isAboutLeases ? 3 : chance.pick([1, 2, 3])
  return {
    nodes,
    embedded: nodes === 1 && chance.chance(0.7),
    agents: chance.between(1, 3),
    operators: chance.between(1, 2),
    leaseMs: isAboutLeases ? chance.between(1_000, 1_500) : chance.between(1_000, 3_000),
    activeMs: chance.between(6, 14) * SECOND,
    weather: {
      latencyMs: [0.3, chance.pick([3, 10, 40])],
      slowMs: chance.pick([50, 300, 1_200]),
      slowness: isCalm ? 0.002 : chance.pick([0.01, 0.05, 0.15]),
    },
    routeFaults: {
      lossiness: isCalm ? 0 : chance.pick([0, 0.005, 0.04]),
      duplicity: isCalm ? 0 : chance.pick([0, 0.02, 0.1]),
      looksTakeMs: isHearsay ? 800 : isCalm ? 0 : chance.pick([0, 0, 800]),
    },
    busFaults: {
      lossiness: isCalm ? 0 : chance.pick(isHearsay ? [0, 0.1] : [0, 0.1, 1]),
      duplicity: chance.pick([0, 0.1]),
      lateness: isHearsay ? 0.5 : chance.pick([0.1, 0.5]),
      lateMs: isHearsay ? 3_000 : chance.pick([50, 3_000]),
    },
    faults: isCalm ? chance.between(0, 1) : chance.between(3, kind === 'few' || isHearsay ? 9 : 6),
    kinds: kindsOf(kind, chance),
    losesHistory: chance.chance(0.06),
    policy: shortPolicy(chance),
    rate: () => 1 + DRIFT * chance.pick([-1, 1, 2 * chance.next() - 1]),
  }
}

function kindsOf(kind: string, chance: Random): readonly FaultName[] {
  if (kind === 'unheard') return ['an agent is held, and does not hear of it']
  if (kind === 'hearsay') return [HEARSAY]
  if (kind === 'few') return Array.from({ length: chance.between(1, 4) }, () => chance.pick(faultNames))
  return faultNames
}

/** The shipped policy with time-outs that run out while the simulation lasts. */
function shortPolicy(chance: Random): Policy {
  const { levels, ...rest } = builtInPolicy
  return {
    ...rest,
    version: 'simulated',
    levels: {
      ...levels,
      review: { ...levels.review, timeoutMs: chance.between(1_000, 4_000) },
      required: { ...levels.required, timeoutMs: chance.between(1_500, 6_000) },
    },
    release: { useByMs: chance.between(700, 3_000), maxUseByMs: HOUR },
    denials: { ...rest.denials, rememberMs: 10 * MINUTE },
    lease: { defaultMs: 3 * SECOND, maxMs: 3 * SECOND },
  }
}
