/** The control plane as it ships, with room for one load generator to speak for hundreds of clients. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { readConfig, startControlPlane, systemClock } from '@holdpoint/server'
import { type Turns, watchTurns } from './scale/turns.ts'

const UNBOUNDED = 1e9
const SAMPLED_EVERY_US = 250
const SAMPLED_EVERY_BYTES = 8 * 1024

const config = readConfig(process.env)
if (!config.ok) throw new Error(config.error.message)
let aheadMs = 0
const controlPlane = await startControlPlane(config.value, {
  clock: { ...systemClock, now: () => Date.now() + aheadMs },
  limits: {
    ratePerSecond: UNBOUNDED,
    burst: UNBOUNDED,
    inFlight: UNBOUNDED,
    connectsPerSecond: UNBOUNDED,
    connectBurst: UNBOUNDED,
  },
})
process.once('SIGTERM', () => void controlPlane.close().then(() => process.exit(0)))

/** What a profile is taken of: `time` by samples of the stack, `memory` by samples of what is allocated. */
export interface ProfileOrder {
  readonly profile: 'time' | 'memory'
  /** Where the profile that was begun is written to; without it, one is begun. */
  readonly to?: string
}

/** Begins to look at every turn of the event loop, or ends it: answered with the turns that were seen. */
export interface TurnsOrder {
  readonly turns: 'watch' | 'tell'
}

/** Sets the server's wall clock ahead of the machine's by so much. */
export interface ClockOrder {
  readonly aheadMs: number
}

const inspector = new Session()
inspector.connect()
let turnsSeen: (() => Turns) | undefined
process.on(
  'message',
  (order: ProfileOrder | TurnsOrder | ClockOrder) =>
    void obey(order).then((answer) => process.send?.(answer ?? order)),
)

async function obey(order: ProfileOrder | TurnsOrder | ClockOrder): Promise<Turns | undefined> {
  if ('profile' in order) await takeProfile(order)
  else if ('aheadMs' in order) aheadMs = order.aheadMs
  else if (order.turns === 'tell') return turnsSeen?.()
  else turnsSeen = watchTurns()
  return undefined
}

async function takeProfile({ profile, to }: ProfileOrder): Promise<void> {
  if (profile === 'time') {
    if (to !== undefined) return write(to, (await inspector.post('Profiler.stop')).profile)
    await inspector.post('Profiler.enable')
    await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLED_EVERY_US })
    await inspector.post('Profiler.start')
    return
  }
  if (to !== undefined) return write(to, (await inspector.post('HeapProfiler.stopSampling')).profile)
  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLED_EVERY_BYTES,
    ...collected,
  } as never)
}

const write = (file: string, profile: object): void => writeFileSync(file, JSON.stringify(profile))
