/** What a seed decides before anything happens: how large, how slow, how hostile. */
import { builtInPolicy, HOUR, MINUTE, type Policy, SECOND } from '@holdpoint/shared'
import type { Random } from '../harness/random.ts'
import { CONSOLES, type FaultName, faultNames, HEARSAY, LATE_WORD, TAKEOVERS, UNHEARD } from './nemesis.ts'
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

/** A seed's kind, by its remainder: what is looked for in one kind alone is found sooner. */
const KINDS = [
  ...['calm', 'mixed', 'mixed', 'mixed', 'mixed'],
  ...['few', 'few', 'few', 'few', 'few', 'few'],
  ...['unheard', 'unheard', 'unheard', 'hearsay', 'late word'],
  ...['lost history', 'consoles', 'takeovers', 'few'],
] as const

export type Kind = (typeof KINDS)[number]

export const kindOf = (seed: number): Kind => KINDS[seed % KINDS.length] as Kind

/** How far apart seeds are that have all kinds between them. */
export const KIND_COUNT = KINDS.length

/** Half of what two clocks may differ by. */
const DRIFT = 0.001

/** Where everything goes wrong a little, the same thing seldom goes wrong twice in one place: so most kinds have few faults. */
export function planOf(chance: Random, kind: Kind): Plan {
  const isCalm = kind === 'calm'
  const isHearsay = kind === 'hearsay'
  // What one node knows before the others do takes others; AG4's worst cases a lease that is soon over, too.
  const isAboutLeases = kind === 'unheard' || isHearsay || kind === 'late word'
  const isAboutNodes = kind === 'consoles' || kind === 'takeovers'
  const nodes = isAboutLeases ? 3 : isAboutNodes ? chance.between(2, 3) : chance.pick([1, 2, 3])
  const looksLate = isHearsay || kind === 'late word' || kind === 'consoles'
  return {
    nodes,
    embedded: nodes === 1 && chance.chance(0.7),
    agents: kind === 'late word' ? 1 : chance.between(1, 3),
    operators: kind === 'takeovers' ? 2 : chance.between(1, 2),
    leaseMs: isAboutLeases ? chance.between(1_000, 1_500) : chance.between(1_000, 3_000),
    activeMs: chance.between(5, 9) * SECOND,
    weather: {
      latencyMs: [0.3, chance.pick([3, 10, 40])],
      slowMs: chance.pick([50, 300, 1_200]),
      slowness: isCalm ? 0.002 : chance.pick([0.01, 0.05, 0.15]),
    },
    routeFaults: {
      lossiness: isCalm ? 0 : chance.pick([0, 0.005, 0.04]),
      duplicity: isCalm ? 0 : chance.pick([0, 0.02, 0.1]),
      looksTakeMs: looksLate ? 800 : isCalm ? 0 : chance.pick([0, 0, 800]),
    },
    busFaults: {
      lossiness: isCalm ? 0 : chance.pick(isHearsay ? [0, 0.1] : [0, 0.1, 1]),
      duplicity: chance.pick([0, 0.1]),
      lateness: isHearsay ? 0.5 : chance.pick([0.1, 0.5]),
      lateMs: isHearsay ? 3_000 : chance.pick([50, 3_000]),
    },
    faults: isCalm ? chance.between(0, 1) : chance.between(3, kind === 'mixed' || kind === 'unheard' ? 6 : 9),
    kinds: faultsOf(kind, chance),
    losesHistory: kind === 'lost history' || chance.chance(0.02),
    policy: shortPolicy(chance),
    rate: () => 1 + DRIFT * chance.pick([-1, 1, 2 * chance.next() - 1]),
  }
}

function faultsOf(kind: Kind, chance: Random): readonly FaultName[] {
  switch (kind) {
    case 'unheard':
      return [UNHEARD]
    case 'hearsay':
      return [HEARSAY]
    case 'late word':
      return [LATE_WORD]
    case 'consoles':
      return CONSOLES
    case 'takeovers':
      return TAKEOVERS
    case 'few':
      return Array.from({ length: chance.between(1, 4) }, () => chance.pick(faultNames))
    default:
      return faultNames
  }
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
