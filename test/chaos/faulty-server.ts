/**
 * The server with promises of its store broken on purpose, to prove that the history checker notices. Everything but
 * the store's faults is the server as it ships.
 */
import {
  type EmbeddedStore,
  type Faults,
  openEmbeddedStore,
  readConfig,
  startControlPlane,
  systemClock,
} from '@holdpoint/server'

export interface FaultyServer {
  readonly faults: Faults
  /** How far behind decisions believe the time to be, ms. */
  readonly lagMs?: number
}

const config = readConfig(process.env)
if (!config.ok) throw new Error(config.error.message)
const { faults, lagMs = 0 } = JSON.parse(process.env.HOLDPOINT_TEST_FAULTS ?? '{"faults":{}}') as FaultyServer
const opened = await openEmbeddedStore({ folder: config.value.dataFolder, clock: systemClock, faults })
const store = Object.assign(Object.create(opened) as EmbeddedStore, { now: () => opened.now() - lagMs })
await startControlPlane(config.value, { store })
