/**
 * The server with one promise of its store broken on purpose, to prove that the history checker notices. Everything but
 * the store is the server as it ships.
 */
import {
  type EmbeddedStore,
  openEmbeddedStore,
  readConfig,
  startControlPlane,
  systemClock,
} from '@holdpoint/server'
import { earlyDisk } from '../harness/careless-disks.ts'

export type BrokenPromise = 'durability' | 'memory' | 'expiry'

const broken: Readonly<Record<BrokenPromise, (store: EmbeddedStore) => Partial<EmbeddedStore>>> = {
  /** ST3: it answers before anything is written. */
  durability: () => ({}),
  /** ST4: each answer has expired when it is given. */
  memory: (store) => ({
    commit: ({ remember, ...change }) =>
      store.commit({ ...change, ...(remember && { remember: { ...remember, retain: { forMs: -1 } } }) }),
  }),
  /** ST10: decisions believe it to be a second earlier, and the commit doesn't check. */
  expiry: (store) => ({
    now: () => store.now() - 1_000,
    commit: ({ notAfter: _, ...change }) => store.commit(change),
  }),
}

const config = readConfig(process.env)
if (!config.ok) throw new Error(config.error.message)
const promise = process.env.HOLDPOINT_TEST_BROKEN as BrokenPromise
const opened = await openEmbeddedStore({
  folder: config.value.dataFolder,
  clock: systemClock,
  ...(promise === 'durability' && { disk: earlyDisk() }),
})
const store = Object.assign(Object.create(opened) as EmbeddedStore, broken[promise](opened))
await startControlPlane(config.value, { store })
