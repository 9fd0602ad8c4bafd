/**
 * What a program finds without asking: time, chance and timers. While a world runs they are the world's. A real timer
 * would be a hole in it, so there is none.
 */
import type { Random } from '../../harness/random.ts'

const real = {
  setImmediate: globalThis.setImmediate,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  now: Date.now,
  random: Math.random,
}

/** What a world lends to the programs in it. */
interface Running {
  readonly chance: Random
  readonly current: { readonly name: string } | undefined
  defect(error: unknown): void
  newId(): string
}

let running: Running | undefined

export function runningWorld(): Running {
  if (!running) throw new Error('no simulation is running')
  return running
}

/**
 * Runs `work` where nothing else is running, so that it may let promises run in between; rejects with what it throws.
 */
export const inATurn = (work: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    real.setImmediate(() => {
      try {
        resolve(work())
      } catch (error) {
        reject(error)
      }
    })
  })

/**
 * All promises that can run have run when it returns: what Node does between two turns of its event loop, without a turn,
 * which would cost more than most steps do. Only within `inATurn`.
 */
export const letPromisesRun = (process as unknown as { readonly _tickCallback: () => void })._tickCallback

export function takeOverGlobals(world: Running): () => void {
  if (running) throw new Error('one simulation at a time')
  running = world
  const noTimer = (): never => {
    throw new Error('a timer was set beside the clock')
  }
  const noTime = (): never => {
    throw new Error('the time was read beside the clock')
  }
  Object.assign(globalThis, {
    setImmediate: noTimer,
    setTimeout: noTimer,
    setInterval: noTimer,
  })
  Date.now = noTime
  Math.random = () => world.chance.next()
  const onUnhandled = (error: unknown): void => world.defect(error)
  process.on('unhandledRejection', onUnhandled)
  return () => {
    running = undefined
    const { now, random, ...timers } = real
    Object.assign(globalThis, timers)
    Date.now = now
    Math.random = random
    process.off('unhandledRejection', onUnhandled)
  }
}
