/** With no fault injected the simulated store keeps every promise of the port, or the simulation would prove nothing. */
import { OutcomeUnknown } from '@holdpoint/server'
import { storeClock } from '@holdpoint/server/parts'
import { newId } from '@holdpoint/shared'
import { storeContract } from '../../contract/store-contract.ts'
import type { StoreHarness } from '../../contract/store-harness.ts'
import { storeModel } from '../../contract/store-model.ts'
import { manualClock } from '../../harness/manual-clock.ts'
import { connectStore, type Route } from './connection.ts'
import { Database } from './database.ts'

async function openSimulated(): Promise<StoreHarness> {
  const clock = manualClock()
  const database = new Database(storeClock(clock, 0))
  let failNext: 'kept' | 'lost' | undefined
  const route: Route = {
    ask: async (_what, work) => work(),
    async commit(work) {
      const how = failNext
      failNext = undefined
      if (how === 'lost') throw new OutcomeUnknown('lost on its way there')
      const result = work()
      if (how === 'kept') throw new OutcomeUnknown('lost on its way back')
      return result
    },
    now: () => database.now(),
    writable: () => true,
  }
  const open = () => connectStore(database, route, newId)
  let store = open()
  return {
    get store() {
      return store
    },
    advance: clock.advance,
    jump: clock.jump,
    async reopen() {
      await store.close()
      store = open()
    },
    async crash() {
      store = open()
    },
    failNextCommit(how) {
      failNext = how
    },
    async [Symbol.asyncDispose]() {},
  }
}

storeContract('simulated', openSimulated)
storeModel('simulated', openSimulated, 100)
