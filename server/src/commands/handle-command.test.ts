import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInPolicy, type Epoch, ok, type Policy, refused } from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { nothingRevoked, readAccessDocument } from '../domain/access.ts'
import type { Person } from '../domain/commands.ts'
import { noOverrides, readOnCallDocument } from '../domain/on-call.ts'
import { decideOrders, noOrders, type OrdersCommand, readOrdersDocument } from '../domain/orders.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { RestsOn, Store } from '../store/store.ts'
import { createAgentDirectory } from './agent-directory.ts'
import { type AgentCommands, createAgentCommands, type Handled } from './handle-command.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { createLeaseTable } from './leases.ts'
import { createPeople, type Guess } from './people.ts'
import { createReconnects } from './reconnects.ts'
import { rememberingStore } from './remembering-store.ts'
import { peopleFor } from './signers.ts'
import { createTenantDocument } from './tenant-document.ts'

const worker = { tenant: 'default', id: 'worker' }
const identity = { labels: {} }
const clock = manualClock()

let folder: string
let store: Store
/** While set, what another node does right before this one commits. */
let before: (() => Promise<unknown>) | undefined
let policy: Policy = builtInPolicy

const log = { error: () => {} }
const root = { id: 'root', role: 'admin' } as const
const everybody = () =>
  createPeople({ store, clock, queue: createKeyedQueue(), publish: () => {}, log, remembers: false })

const ordersOn = (on: Store, queue = createKeyedQueue(), publish = () => {}) =>
  createTenantDocument({
    ...{ store: on, queue, publish },
    kind: 'orders',
    id: 'standing',
    read: readOrdersDocument,
    empty: noOrders,
  })

/** One of two nodes on one store. */
function node(): AgentCommands {
  const queue = createKeyedQueue()
  const publish = () => {}
  const commit: Store['commit'] = async (change) => {
    const meanwhile = before
    before = undefined
    await meanwhile?.()
    return store.commit(change)
  }
  const own = rememberingStore(Object.assign(Object.create(store), { commit }) as Store)
  return createAgentCommands({
    store: own,
    clock,
    queue,
    leases: createLeaseTable(clock, { isShared: true }),
    orders: ordersOn(own, queue, publish),
    onCall: createTenantDocument({
      store: own,
      queue,
      publish,
      kind: 'on-call',
      id: 'overrides',
      read: readOnCallDocument,
      empty: noOverrides,
    }),
    reconnects: createReconnects(clock),
    directory: createAgentDirectory(own),
    policyOf: async () => policy,
    publish,
    peopleFor: peopleFor(
      everybody(),
      createTenantDocument({
        store: own,
        queue,
        publish,
        kind: 'access',
        id: 'revoked',
        read: readAccessDocument,
        empty: nothingRevoked,
      }),
    ),
    log: { error: () => {} },
    view: { asOf: () => Number.POSITIVE_INFINITY, catchUp: async () => {}, isShared: true },
  })
}

beforeEach(async () => {
  policy = builtInPolicy
  folder = mkdtempSync(join(tmpdir(), 'handle-command-'))
  store = await openEmbeddedStore({ folder, clock })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

it('[PR4] a resumed process is shown where it stands as of the number that it is told', async () => {
  const [one, two] = [node(), node()]
  const start = (instance: string) =>
    ({ type: 'run.start', body: { key: instance, instance, takeover: true }, identity }) as const
  const { doc } = await one.own(worker, start('first'), {})
  const { id: run = '', epoch = '0.0' as Epoch } = doc?.run ?? {}
  const body = { key: 'mail', epoch, action: 'send_email', args: { to: 'x' } }
  const asked = await one.own(worker, { type: 'action.request', body, identity }, {})
  const [item] = asked.doc?.approvals ?? []
  if (!item) throw new Error('nothing was asked')
  // another process waits for the lease: what resumes has to take that back first, and meanwhile a person decides
  await two.own(worker, start('second'), {})
  before = () =>
    two.act(
      worker,
      {
        type: 'approval.approve',
        body: { key: 'yes', id: item.id, revision: item.revision, digest: item.digest },
        by: { id: 'ana', role: 'admin' },
      },
      { name: 'approval.approve', key: 'yes', payload: {} },
    )
  const resumed = await one.resume(worker, { run, epoch, instance: 'first' })
  expect(resumed.answer.ok).toBe(true)
  expect(resumed.doc?.approvals).toMatchObject([{ id: item.id, status: 'approved' }])
  expect(resumed.standing?.seq).toBe(resumed.doc?.seq)
})

it('[AG6] a takeover is granted a lease after it was put on record, though this node remembers an older pause', async () => {
  const [one, two] = [node(), node()]
  const start = (instance: string, key: string) =>
    ({ type: 'run.start', body: { key, instance, takeover: true }, identity }) as const
  const intervene = (on: AgentCommands, type: 'agent.pause' | 'agent.resume') =>
    on.act(
      worker,
      { type, reason: 'look', by: { id: 'ana', role: 'admin' } },
      { name: type, key: type, payload: {} },
    )
  await one.own(worker, start('first', 'first'), {})
  await intervene(one, 'agent.pause')
  await intervene(two, 'agent.resume')
  const { doc } = await two.own(worker, start('second', 'on the other node'), {})
  expect(doc?.run).toMatchObject({ instance: 'first', contestedAt: expect.any(Number) })
  // the first process is dead, and the second one's connection has come to the node that paused the agent
  const early = await one.own(worker, start('second', 'early'), {})
  expect(early.answer).toMatchObject({ error: { code: 'conflict', details: { retryAfterMs: 15_080 } } })
  await clock.advance(15_080)
  const { answer } = await one.own(worker, start('second', 'in time'), {})
  expect(answer).toMatchObject({ ok: true, value: { run: { epoch: '1.2' } } })
})

it('[AG6] a try to start that another node takes up late changes nothing for the process that started under its key', async () => {
  const [one, two] = [node(), node()]
  const start = (instance: string) =>
    ({ type: 'run.start', body: { key: instance, instance, takeover: true }, identity }) as const
  await one.own(worker, start('first'), {})
  // the first of these puts the takeover on record, and each node waits from when it has seen that
  for (const early of [one, two, one])
    expect((await early.own(worker, start('second'), {})).answer).toMatchObject({
      error: { code: 'conflict', details: { retryAfterMs: 15_080 } },
    })
  await clock.advance(15_080)
  // its connection was lost, and it asks again elsewhere: that is done while its first try waits for the store
  before = async () => {
    const { answer } = await two.own(worker, start('second'), {})
    expect(answer).toMatchObject({ ok: true, value: { run: { epoch: '1.2' } } })
  }
  const late = await one.own(worker, start('second'), {})
  expect(late).toMatchObject({ replayed: true, answer: { ok: true, value: { run: { epoch: '1.2' } } } })
  expect(late.doc?.run).toMatchObject({ instance: 'second', epoch: '1.2' })
})

it.each(['its start', 'to go on'] as const)(
  '[AG6] a process that asks again for %s is not handed the run that another one takes over at that very moment',
  async (what) => {
    const [one, two] = [node(), node()]
    const start = (instance: string) =>
      ({ type: 'run.start', body: { key: instance, instance, takeover: true }, identity }) as const
    const { doc } = await one.own(worker, start('first'), {})
    const { id: run = '', epoch = '1.1' as Epoch } = doc?.run ?? {}
    for (const early of [two, one, two])
      expect((await early.own(worker, start('second'), {})).answer).toMatchObject({ ok: false })
    await clock.advance(15_080)
    const takeOver = async () => {
      const { answer } = await two.own(worker, start('second'), {})
      expect(answer).toMatchObject({ ok: true, value: { run: { epoch: '1.2' } } })
    }
    // a start that is asked for again first finds that its key is known: then comes what keeps the run
    const afterwards = async () => {
      before = takeOver
    }
    before = what === 'its start' ? afterwards : takeOver
    const again = await (what === 'its start'
      ? one.own(worker, start('first'), {})
      : one.resume(worker, { run, epoch, instance: 'first' }))
    expect(before).toBeUndefined()
    expect(again.answer).toMatchObject({ ok: false, error: { code: 'stale_epoch' } })
  },
)

it('[AG6] what names no epoch counts for nothing once a newer run began, though that was on another node a moment ago', async () => {
  const [one, two] = [node(), node()]
  const start = (instance: string) =>
    ({ type: 'run.start', body: { key: instance, instance }, identity }) as const
  const { doc } = await one.own(worker, start('first'), {})
  const { epoch = '0.0' as Epoch } = doc?.run ?? {}
  await one.act(
    worker,
    { type: 'agent.inject', text: 'hurry', by: { id: 'ana', role: 'admin' } },
    { name: 'agent.inject', key: 'hurry', payload: {} },
  )
  const [told] = (await one.document(worker))?.instructions ?? []
  before = async () => {
    await two.own(worker, { type: 'run.complete', body: { key: 'over', epoch }, identity }, { epoch })
    await two.own(worker, start('second'), {})
  }
  const late = await one.own(
    worker,
    { type: 'instruction.ack', body: { key: 'late', id: told?.id ?? '', outcome: 'applied' }, identity },
    { epoch },
  )
  expect(late.answer).toMatchObject({ ok: false, error: { code: 'stale_epoch' } })
})

it('[AP5] [ID3] who is disabled in the very moment before the commit has not signed, first or last', async () => {
  policy = {
    ...builtInPolicy,
    catalogue: {
      ...builtInPolicy.catalogue,
      send_email: { level: 'required', class: 'external_api', approvals: 2 },
    },
  }
  const people = everybody()
  const change = async (name: 'person.add' | 'person.disable', id: string) => {
    const more = name === 'person.add' ? { role: 'approver' as const } : { reason: 'left' }
    const { answer } = await people.submit(worker.tenant, root, {
      name,
      payload: { key: `${name} ${id}`, id, ...more },
    } as Parameters<typeof people.submit>[2])
    expect(answer).toMatchObject({ ok: true })
  }
  for (const id of ['ana', 'bo', 'cy']) await change('person.add', id)
  const one = node()
  const start = { type: 'run.start', body: { key: 's', instance: 'process-1' }, identity } as const
  const { epoch = '0.0' as Epoch } = (await one.own(worker, start, {})).doc?.run ?? {}
  const body = { key: 'mail', epoch, action: 'send_email', args: { to: 'x' } }
  const asked = await one.own(worker, { type: 'action.request', body, identity }, {})
  const [item] = asked.doc?.approvals ?? []
  if (!item) throw new Error('nothing was asked')
  const signs = (id: string) =>
    one.act(
      worker,
      {
        type: 'approval.approve',
        body: { key: id, id: item.id, revision: item.revision, digest: item.digest },
        by: { id, role: 'approver', registered: true },
      },
      { name: 'approval.approve', key: id, payload: {} },
    )
  await signs('ana')
  // she signed before, and is disabled between the read and the commit of the last signature
  before = () => change('person.disable', 'ana')
  expect((await signs('bo')).answer).toMatchObject({ ok: true, value: { approval: { status: 'pending' } } })
  // he is the last to sign, and is disabled himself in that moment
  before = () => change('person.disable', 'cy')
  expect((await signs('cy')).answer).toMatchObject({ error: { code: 'unauthenticated' } })
  const [now] = (await one.document(worker))?.approvals ?? []
  expect(now).toMatchObject({ status: 'pending', signatures: [{ person: 'bo' }] })
})

it.each(['action.begin', 'approval.deny', 'standing.issue'] as const)(
  '[AP13] [AG7] a grant of who was disabled meanwhile releases nothing where %s is the first to find the order lifted',
  async (first) => {
    const people = everybody()
    const change = async (name: 'person.add' | 'person.disable', id: string, more: object) => {
      const request = { name, payload: { key: `${name} ${id}`, id, ...more } }
      const { answer } = await people.submit(
        worker.tenant,
        root,
        request as Parameters<typeof people.submit>[2],
      )
      expect(answer).toMatchObject({ ok: true })
    }
    const order = async (command: OrdersCommand) => {
      const { answer } = await ordersOn(store).submit(worker.tenant, {
        decide: (doc, at) => decideOrders(doc, command, { at, id: 'audit', policy }),
      })
      expect(answer).toMatchObject({ ok: true })
    }
    await change('person.add', 'ana', { role: 'approver' })
    const one = node()
    const start = { type: 'run.start', body: { key: 's', instance: 'process-1' }, identity } as const
    const { epoch = '0.0' as Epoch } = (await one.own(worker, start, {})).doc?.run ?? {}
    const ask = (on: AgentCommands, to: string) => {
      const body = { key: to, epoch, action: 'send_email', args: { to } }
      return on.own(worker, { type: 'action.request', body, identity }, {})
    }
    await ask(one, 'before the order')
    const issue = (on: AgentCommands, by: Person, key: string, action: string) =>
      on.act(
        worker,
        { type: 'standing.issue', body: { key, agent: worker.id, action, count: 5, reason: 'r' }, by },
        { name: 'standing.issue', key, payload: {} },
      )
    await issue(one, { id: 'ana', role: 'approver', registered: true }, 'g', 'send_email')
    await order({ type: 'order.place', effect: 'pause', target: { all: true }, reason: 'audit', by: root })
    await ask(node(), 'during it')
    await change('person.disable', 'ana', { reason: 'left' })
    await order({ type: 'order.lift', id: 'audit', reason: 'done', by: root })

    const [pending, held] = (await one.document(worker))?.approvals ?? []
    if (!pending || !held?.held) throw new Error('nothing was held')
    const { id, revision, digest } = pending
    const body = { key: 'k', id, revision, digest, reason: 'no' }
    const beginning = { key: 'k', epoch, instance: 'process-1', id, digest }
    if (first === 'action.begin')
      await node().own(worker, { type: 'action.begin', body: beginning, identity }, {})
    else if (first === 'approval.deny')
      await node().act(worker, { type: first, body, by: root }, { name: first, key: 'k', payload: {} })
    else await issue(node(), root, 'h', 'api_call')
    const now = (await one.document(worker))?.approvals.find((item) => item.id === held.id)
    expect(now).toMatchObject({ status: 'pending', held: false })
  },
)

it('[AP13] [AP3] what is released in advance until some time is not released by a commit that comes after it', async () => {
  const one = node()
  const start = { type: 'run.start', body: { key: 's', instance: 'process-1' }, identity } as const
  const { epoch = '0.0' as Epoch } = (await one.own(worker, start, {})).doc?.run ?? {}
  const until = new Date(store.now() + 1_000).toISOString()
  const grant = { key: 'g', agent: worker.id, action: 'send_email', until, reason: 'r' }
  const issued = { name: 'standing.issue', key: 'g', payload: {} }
  expect(
    (await one.act(worker, { type: 'standing.issue', body: grant, by: root }, issued)).answer,
  ).toMatchObject({ ok: true })
  const ask = (key: string) => {
    const body = { key, epoch, action: 'send_email', args: { key } }
    return one.own(worker, { type: 'action.request', body, identity }, {})
  }
  expect((await ask('in time')).answer).toMatchObject({ value: { verdict: 'go' } })
  // its last moment passes between the decision and the commit
  before = () => clock.advance(1_000)
  expect((await ask('too late')).answer).toMatchObject({ value: { verdict: 'wait' } })
  const { doc } = await one.system(worker, { type: 'orders.apply' })
  expect(doc?.approvals.map(({ status }) => status)).toEqual(['approved', 'pending'])
})

describe('whom a node remembers', () => {
  const ref = { tenant: worker.tenant, kind: 'person', id: 'ana' } as const
  const remembered = { id: 'ana', role: 'approver', registered: true } as const
  const rightly = { ref, version: 1 }
  const wrongly = { ref, version: 7 }
  let one: AgentCommands
  beforeEach(async () => {
    const { answer } = await everybody().submit(worker.tenant, root, {
      name: 'person.add',
      payload: { key: 'ana', id: 'ana', role: 'approver' },
    })
    expect(answer).toMatchObject({ ok: true })
    one = node()
    await one.own(worker, { type: 'run.start', body: { key: 's', instance: 'process-1' }, identity }, {})
  })

  const pause = (key: string, restsOn: RestsOn, afresh: Guess['afresh'], by: Person = remembered) =>
    one.act(
      worker,
      { type: 'agent.pause', reason: key, by },
      { name: 'agent.pause', key, payload: { key } },
      { restsOn: [restsOn], afresh },
    )
  const unasked = async () => {
    throw new Error('who they are was read')
  }
  const pausedBy = ({ events }: Handled) => events.map(({ by }) => by)

  it('[ID2] does what they ask for without being asked for again, where that is who they are', async () => {
    const handled = await pause('one', rightly, unasked)
    expect(handled.answer).toMatchObject({ ok: true })
    expect(pausedBy(handled)).toEqual(['ana'])
  })

  it('[ID2] does it as who they are by now, where it is not, asked for once', async () => {
    const afresh = vi.fn(async () => ok({ id: 'bo', role: 'admin' } as const))
    const handled = await pause('one', wrongly, afresh)
    expect(handled.answer).toMatchObject({ ok: true })
    expect([pausedBy(handled), afresh.mock.calls.length]).toEqual([['bo'], 1])
    // under the key of who they are: the same command, sent again
    const again = await pause('one', wrongly, afresh)
    expect(again).toMatchObject({ answer: { ok: true }, replayed: true })
  })

  it('[ID2] does nothing where they may not by now, and is told that', async () => {
    const before = await store.load({ ...ref, kind: 'agent', id: worker.id })
    const barred = refused('forbidden')
    expect(await pause('one', wrongly, async () => barred)).toEqual({ answer: barred, events: [] })
    expect(await store.load({ ...ref, kind: 'agent', id: worker.id })).toEqual(before)
  })

  it('[ID2] are refused only once it was read who they are', async () => {
    const resume = (afresh: Guess['afresh']) =>
      one.act(
        worker,
        { type: 'agent.resume', reason: 'r', by: remembered },
        { name: 'agent.resume', key: 'resume', payload: {} },
        { restsOn: [rightly], afresh },
      )
    const afresh = vi.fn(async () => ok(remembered))
    // it runs: there is nothing to resume
    expect((await resume(afresh)).answer).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(afresh).toHaveBeenCalledTimes(1)
  })

  it('[ID2] what they sent next does not overtake what had to be asked again', async () => {
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    const first = pause('one', wrongly, async () => {
      await promise
      return ok(remembered)
    })
    const next = one.act(
      worker,
      { type: 'agent.resume', reason: 'two', by: remembered },
      { name: 'agent.resume', key: 'two', payload: {} },
      { restsOn: [rightly], afresh: async () => ok(remembered) },
    )
    resolve()
    expect([(await first).answer.ok, (await next).answer.ok]).toEqual([true, true])
    expect((await one.document(worker))?.machine.state).toBe('running')
  })
})
