/** With no fault injected the simulated store keeps every promise of the port, or the simulation would prove nothing. */
import { type Change, OutcomeUnknown } from '@holdpoint/server'
import { StoreUnavailable, storeClock } from '@holdpoint/server/parts'
import { newId } from '@holdpoint/shared'
import { expect, it } from 'vitest'
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
  const open = () => connectStore(database, route, { name: 'node-1', newAttempt: newId, lost() {} })
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

it('[ST9] whoever opened it before history was lost writes nothing more, and is told', async () => {
  const clock = manualClock()
  const database = new Database(storeClock(clock, 0))
  const route: Route = {
    ask: async (_what, work) => work(),
    commit: async (work) => work(),
    now: () => database.now(),
    writable: () => true,
  }
  let told = 0
  const change = (id: string): Change => ({
    ref: { tenant: 'acme', kind: 'agent', id },
    expectedVersion: 0,
    at: clock.now(),
    doc: {},
    events: [],
  })
  const lost = () => {
    told += 1
  }
  const holder = { name: 'node-1', newAttempt: newId, lost }
  const open = () => connectStore(database, route, holder)
  const [writer, reader] = [open(), open()]
  const restore = database.snapshot()
  await writer.commit(change('known'))
  database.lose(restore)
  await expect(writer.commit(change('unknown'))).rejects.toThrow(OutcomeUnknown)
  await expect(writer.load({ tenant: 'acme', kind: 'agent', id: 'known' })).rejects.toThrow(StoreUnavailable)
  await expect(reader.heads()).rejects.toThrow(StoreUnavailable)
  expect(told).toBe(2)
  await expect(open().commit(change('known'))).resolves.toMatchObject({ status: 'committed', version: 1 })
})

storeContract('simulated', openSimulated)
storeModel('simulated', openSimulated, 100)
