/** The control plane as it ships, with room for one load generator to speak for hundreds of clients. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { readConfig, startControlPlane } from '@holdpoint/server'

const UNBOUNDED = 1e9
const SAMPLED_EVERY_US = 250
const SAMPLED_EVERY_BYTES = 8 * 1024

const config = readConfig(process.env)
if (!config.ok) throw new Error(config.error.message)
const controlPlane = await startControlPlane(config.value, {
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

const inspector = new Session()
inspector.connect()
process.on('message', (order: ProfileOrder) => void obey(order).then(() => process.send?.(order)))

async function obey({ profile, to }: ProfileOrder): Promise<void> {
  if (profile === 'time') {
    if (to !== undefined) return write(to, (await inspector.post('Profiler.stop')).profile)
    await inspector.post('Profiler.enable')
    await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLED_EVERY_US })
    return inspector.post('Profiler.start')
  }
  if (to !== undefined) return write(to, (await inspector.post('HeapProfiler.stopSampling')).profile)
  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLED_EVERY_BYTES,
    ...collected,
  } as never)
}

const write = (file: string, profile: object): void => writeFileSync(file, JSON.stringify(profile))
