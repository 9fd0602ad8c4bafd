/** Commits ten times, one after the other, and says on a line each how that ended. Lists are read in between. */
import { openEmbeddedStore, systemClock } from '@holdpoint/server'

const [folder = ''] = process.argv.slice(2)
const onFatal = (error: Error) => console.log(`fatal ${'code' in error ? error.code : error.message}`)
const store = await openEmbeddedStore({ folder, clock: systemClock, onFatal })
for (let n = 0; n < 10; n++) {
  try {
    const ref = { tenant: 'acme', kind: 'agent', id: `agent-${n}` } as const
    if (n % 3 === 2) await store.listDocuments({ tenant: 'acme', kind: 'agent', limit: 9 })
    await store.commit({ ref, expectedVersion: 0, at: store.now(), doc: {}, events: [] })
    console.log(`acknowledged ${n}`)
  } catch (error) {
    console.log(error instanceof Error ? error.name : String(error))
  }
}
