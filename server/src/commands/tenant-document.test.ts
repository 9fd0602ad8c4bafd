import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInPolicy, newId } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { decideOrders, noOrders, type OrdersDocument, readOrdersDocument } from '../domain/orders.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import { OutcomeUnknown, type Store } from '../store/store.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { createTenantDocument, type TenantDocument } from './tenant-document.ts'

const tenant = 'default'
const clock = manualClock()
let folder: string
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-document-'))
  store = await openEmbeddedStore({ folder, clock })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** The orders as one node has them; `alone`: no other node writes to the store. */
const orders = ({ alone = false } = {}): TenantDocument<OrdersDocument> =>
  createTenantDocument({
    store,
    queue: createKeyedQueue(),
    publish: () => {},
    kind: 'orders',
    id: 'standing',
    read: readOrdersDocument,
    empty: noOrders,
    // nothing has been heard of other nodes since the last read
    ...(!alone && {
      shared: {
        clock,
        view: { isShared: true, asOf: () => Number.NEGATIVE_INFINITY, catchUp: async () => {} },
      },
    }),
  })

const place = (document: TenantDocument<OrdersDocument>) =>
  document.submit(tenant, {
    decide: (doc, at) =>
      decideOrders(
        doc,
        {
          type: 'order.place',
          effect: 'pause',
          target: { all: true },
          reason: 'drill',
          by: { id: 'ana', role: 'admin' },
        },
        { at, id: newId(), policy: builtInPolicy },
      ),
  })

it('[PR4] what is shown beside a place in the feed is read afresh, whatever this node remembers', async () => {
  const [mine, others] = [orders(), orders()]
  expect((await mine.current(tenant)).standing).toEqual([])
  await place(others)
  // remembered for a moment, as commands may
  expect((await mine.current(tenant)).standing).toEqual([])
  expect((await mine.afresh(tenant)).standing).toHaveLength(1)
  expect((await mine.current(tenant)).standing).toHaveLength(1)
})

it('[PR4] also where no other node writes: it waits for the commit that is under way', async () => {
  const mine = orders({ alone: true })
  expect((await mine.current(tenant)).standing).toEqual([])
  const placing = place(mine)
  expect((await mine.afresh(tenant)).standing).toHaveLength(1)
  await placing
})

it('[ST8] [AG7] what a commit left unknown is not believed to be as it was before', async () => {
  const written = store
  let answers = true
  const commit: Store['commit'] = async (change) => {
    const result = await written.commit(change)
    if (!answers) throw new OutcomeUnknown('no answer came')
    return result
  }
  store = Object.assign(Object.create(written), { commit }) as Store
  const mine = orders({ alone: true })
  expect((await mine.current(tenant)).standing).toEqual([])
  answers = false
  await expect(place(mine)).rejects.toThrow(OutcomeUnknown)
  expect((await mine.current(tenant)).standing).toHaveLength(1)
  store = written
})
