/** The control plane as it ships, with room for one load generator to speak for hundreds of clients. */
import { readConfig, startControlPlane } from '@holdpoint/server'

const UNBOUNDED = 1e9

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
// By itself, so that a profile is written on the way out.
process.once('SIGTERM', () => void controlPlane.close().then(() => process.exit(0)))
