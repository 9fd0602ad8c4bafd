/** A node's way to the store, over the simulated network: slow, cut, and now and then nobody knows (ST8). */
import type { CommitResult } from '@holdpoint/server'
import { OutcomeUnknown, StoreUnavailable, storeTime } from '@holdpoint/server/parts'
import type { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import type { Network, Place } from '../network/network.ts'
import type { Route } from './connection.ts'
import type { Database } from './database.ts'

export const STORE: Place = 'store'

/** `lossiness` and `duplicity`: how often, of all calls, in [0, 1]. */
export interface RouteFaults {
  /** A call or its answer goes missing, though nothing is cut. */
  lossiness: number
  /** A call arrives twice. */
  duplicity: number
  /** By how much longer a look at the heads may take than another read, ms. */
  looksTakeMs: number
}

/** Where the store runs, and whether anybody answers there. */
export interface StoreServer {
  readonly database: Database
  readonly machine: Machine
  isDown: boolean
}

interface RouteParts {
  readonly world: World
  readonly network: Network
  readonly server: StoreServer
  readonly node: Machine
  readonly place: Place
  readonly faults: RouteFaults
}

/** After this a call is given up (the adapter's socket time-out), ms. */
const PATIENCE_MS = 1_700
/** A commit that has no answer yet is sent again after this, as the same attempt, ms. */
const RESEND_MS = 600

type Result<T> = { readonly value: T } | { readonly error: unknown }

export function routeTo({ world, network, server, node, place, faults }: RouteParts): Route {
  const { chance } = world
  const { database } = server
  const time = storeTime({ monotonicMs: node.monotonic })
  time.learn(database.now())

  const isLost = (from: Place, to: Place): boolean =>
    network.isCut(from, to) || chance.chance(faults.lossiness)

  /** There, and back with the result; either may not arrive. */
  const call = <T>(what: string, work: () => T, back: (result: Result<T>) => void): void => {
    const there = (): void => {
      if (server.isDown) return
      const result = tried(work)
      const storeNow = database.now()
      if (isLost(STORE, place)) return
      world.schedule(node, network.latencyMs(), `${what} → ${place}`, () => {
        time.learn(storeNow)
        back(result)
      })
    }
    if (isLost(place, STORE)) return
    const moreMs = what === 'heads' ? chance.next() * faults.looksTakeMs : 0
    world.schedule(server.machine, network.latencyMs() + moreMs, `${place} → ${what}`, there)
    if (chance.chance(faults.duplicity))
      world.schedule(server.machine, 4 * network.latencyMs(), `${place} → ${what} once more`, there)
  }

  return {
    now: time.now,
    writable: () => true,

    ask: (what, work) =>
      new Promise((resolve, reject) => {
        const giveUp = node.after(PATIENCE_MS, () =>
          reject(new StoreUnavailable('The store did not answer.')),
        )
        call(what, work, (result) => {
          giveUp()
          if ('value' in result) resolve(result.value)
          else reject(result.error)
        })
      }),

    commit: (work) =>
      new Promise<CommitResult>((resolve, reject) => {
        const back = (result: Result<CommitResult>): void => {
          resend()
          giveUp()
          if ('value' in result) resolve(result.value)
          else reject(result.error)
        }
        const giveUp = node.after(PATIENCE_MS, () => {
          reject(new OutcomeUnknown('The store did not say whether it took the commit.'))
        })
        const resend = node.after(RESEND_MS, () => call('commit', work, back))
        call('commit', work, back)
      }),
  }
}

/** What a disk takes at most to have a commit for good, ms. */
const DISK_MS = 5

/** To a store in the node's own process: only the process's death comes between a call and its answer. */
export function routeWithin(world: World, node: Machine, database: Database): Route {
  const call = <T>(what: string, work: () => T, mostMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      world.schedule(node, world.chance.next() * mostMs, what, () => {
        const result = tried(work)
        world.schedule(node, 0, `${what} → ${node.name}`, () =>
          'value' in result ? resolve(result.value) : reject(result.error),
        )
      })
    })
  return {
    now: () => database.now(),
    writable: () => true,
    ask: (what, work) => call(what, work, 0.1),
    commit: (work) => call('commit', work, DISK_MS),
  }
}

function tried<T>(work: () => T): Result<T> {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}
