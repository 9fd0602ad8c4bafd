import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInPolicy, type OrderNotice, type TargetResult } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import { noOrders, type OrdersDocument, readOrdersDocument } from '../domain/orders.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { Store } from '../store/store.ts'
import { createAgentDirectory } from './agent-directory.ts'
import { createFanOut, type FannedOut, type FanOut } from './fan-out.ts'
import { type AgentCommands, createAgentCommands } from './handle-command.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { createLeaseTable } from './leases.ts'
import { createTenantDocument, type TenantDocument } from './tenant-document.ts'

const ana = { id: 'ana', role: 'admin' } as const
const pauseAll = (key: string) =>
  ({ name: 'agent.pause', body: { key, target: { all: true }, reason: 'x' } }) as const

let folder: string
let clock: ManualClock
let store: Store
let agents: AgentCommands
let orders: TenantDocument<OrdersDocument>
let fanOut: FanOut
let notices: OrderNotice[]
/** While set, that agent's commands wait for it. */
let held: { readonly agent: string; readonly until: Promise<void> } | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fan-out-'))
  clock = manualClock()
  store = await openEmbeddedStore({ folder, clock })
  notices = []
  held = undefined
  const log = { error: () => {} }
  const queue = createKeyedQueue()
  const publish = () => {}
  const policyOf = () => builtInPolicy
  const directory = createAgentDirectory(store)
  orders = createTenantDocument({
    store,
    queue,
    publish,
    kind: 'orders',
    id: 'standing',
    read: readOrdersDocument,
    empty: noOrders,
  })
  agents = createAgentCommands({
    store,
    clock,
    queue,
    leases: createLeaseTable(clock),
    orders,
    directory,
    policyOf,
    publish,
    log,
  })
  const slow: AgentCommands = {
    ...agents,
    async system(agent, command, deadline) {
      if (held?.agent === agent.id) await held.until
      return agents.system(agent, command, deadline)
    },
  }
  const notify = (_: string, notice: OrderNotice) => void notices.push(notice)
  fanOut = createFanOut({ clock, agents: slow, orders, directory, policyOf, notify, log })
  for (const id of ['one', 'two', 'three'])
    await agents.own(
      { tenant: 'default', id },
      { type: 'run.start', body: { key: 'start', instance: `instance-${id}` }, identity: { labels: {} } },
      {},
    )
})
afterEach(async () => {
  await fanOut.idle()
  await store.close()
  rmSync(folder, { recursive: true })
})

const resultsOf = ({ answer }: FannedOut): readonly TargetResult[] => {
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value.results as readonly TargetResult[]
}
const stateOf = async (id: string) => (await agents.document({ tenant: 'default', id }))?.machine.state

it('[AG7] answers after 1.5 s with what is done, goes on with the rest, and calls the order finished only then', async () => {
  let release: () => void = () => {}
  held = {
    agent: 'two',
    until: new Promise((resolve) => {
      release = resolve
    }),
  }
  const answering = fanOut.intervene('default', ana, pauseAll('k'))
  await clock.advance(1_500)
  expect(
    resultsOf(await answering)
      .map(({ agent }) => agent)
      .sort(),
  ).toEqual(['one', 'three'])
  expect(await stateOf('two')).toBe('running')
  expect((await orders.current('default')).unfinished).toHaveLength(1)
  release()
  await fanOut.idle()
  expect(await stateOf('two')).toBe('paused')
  expect((await orders.current('default')).unfinished).toEqual([])
})

it('[AG7] the order is told to the sockets once, before anybody is recorded, and not when it is sent again', async () => {
  const first = await fanOut.intervene('default', ana, pauseAll('k'))
  const again = await fanOut.intervene('default', ana, pauseAll('k'))
  expect(notices).toMatchObject([{ effect: 'pause', lifted: false }])
  expect(again.replayed).toBe(true)
  expect(resultsOf(again)).toHaveLength(resultsOf(first).length)
  expect((await orders.current('default')).standing).toHaveLength(1)
})

it('[AG7] an order that binds before its fan-out came by: a request in between waits', async () => {
  held = { agent: 'two', until: new Promise(() => {}) }
  const answering = fanOut.intervene('default', ana, pauseAll('k'))
  await clock.advance(1_500)
  await answering
  const key = { tenant: 'default', id: 'two' }
  const epoch = (await agents.document(key))?.epoch ?? '0.0'
  const asked = await agents.own(
    key,
    {
      type: 'action.request',
      body: { key: 'a', epoch, action: 'read_file', args: {} },
      identity: { labels: {} },
    },
    {},
  )
  expect(asked).toMatchObject({ answer: { value: { verdict: 'wait' } }, standing: { ttlMs: 0 } })
  // nothing waits for the one that hangs for ever
  fanOut = { ...fanOut, idle: async () => {} }
})

it('[AG7] a resume for all leaves out those to whom it does not apply, and is the same when sent again', async () => {
  const one = { tenant: 'default', id: 'one' }
  await agents.act(
    one,
    { type: 'agent.pause', reason: 'x', by: ana },
    { name: 'agent.pause', key: 'p', payload: {} },
  )
  const resumeAll = { name: 'agent.resume', body: { key: 'r', target: { all: true } } } as const
  for (let time = 0; time < 2; time++)
    expect(resultsOf(await fanOut.intervene('default', ana, resumeAll))).toEqual([
      { agent: 'one', ok: true, state: 'running' },
    ])
})
