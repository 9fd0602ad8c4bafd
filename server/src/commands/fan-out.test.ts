import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  builtInPolicy,
  DAY,
  type OperatorAnswers,
  type OrderNotice,
  type Target,
  type TargetResult,
} from '@holdpoint/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/harness/manual-clock.ts'
import type { AgentDocument } from '../domain/agent-document.ts'
import { noOverrides, readOnCallDocument } from '../domain/on-call.ts'
import { noOrders, type OrdersDocument, readOrdersDocument } from '../domain/orders.ts'
import { type Disk, systemDisk } from '../store/embedded/disk.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { type AgentDirectory, createAgentDirectory } from './agent-directory.ts'
import { createFanOut, type FannedOut, type FanOut } from './fan-out.ts'
import { type AgentCommands, createAgentCommands } from './handle-command.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { createLeaseTable } from './leases.ts'
import { createReconnects } from './reconnects.ts'
import { createTenantDocument, type TenantDocument } from './tenant-document.ts'

type Intervened = OperatorAnswers['agent.inject']

const ana = { id: 'ana', role: 'admin' } as const
const pauseAll = (key: string) =>
  ({ name: 'agent.pause', body: { key, target: { all: true }, reason: 'x' } }) as const

let folder: string
let clock: ManualClock
/** The next commit finds no room. */
let isFull: boolean
let store: Store
let agents: AgentCommands
let directory: AgentDirectory
let orders: TenantDocument<OrdersDocument>
let fanOut: FanOut
let notices: OrderNotice[]
/** While set, that agent's commands wait for it. */
let held: { readonly agent: string; readonly until: Promise<void> } | undefined

const disk: Disk = {
  ...systemDisk,
  write(...what) {
    if (!isFull) return systemDisk.write(...what)
    isFull = false
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
  },
}

/** A process's parts, on what its predecessor left. */
async function open(): Promise<void> {
  store = await openEmbeddedStore({ folder, clock, disk })
  const log = { error: () => {} }
  const queue = createKeyedQueue()
  const publish = () => {}
  const policyOf = async () => builtInPolicy
  directory = createAgentDirectory(store)
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
    onCall: createTenantDocument({
      store,
      queue,
      publish,
      kind: 'on-call',
      id: 'overrides',
      read: readOnCallDocument,
      empty: noOverrides,
    }),
    reconnects: createReconnects(clock),
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
    async act(agent, command, request) {
      if (held?.agent === agent.id) await held.until
      return agents.act(agent, command, request)
    },
  }
  const notify = (_: string, notice: OrderNotice) => void notices.push(notice)
  fanOut = createFanOut({ clock, agents: slow, orders, directory, policyOf, notify, log })
}

/** The process dies: what waits in it never comes to pass. Another takes its place. */
async function restart(): Promise<void> {
  held = undefined
  await store.close()
  await open()
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fan-out-'))
  clock = manualClock()
  isFull = false
  notices = []
  held = undefined
  await open()
  for (const id of ['one', 'two', 'three']) await start(id)
})
afterEach(async () => {
  await fanOut.idle()
  await store.close()
  rmSync(folder, { recursive: true })
})

const start = (id: string) =>
  agents.own(
    { tenant: 'default', id },
    { type: 'run.start', body: { key: `start ${id}`, instance: `instance-${id}` }, identity: { labels: {} } },
    {},
  )

/** Answered without what waits for `two`, which is let go by what this returns. */
async function withoutTwo(answer: () => Promise<FannedOut>): Promise<() => void> {
  let release: () => void = () => {}
  held = {
    agent: 'two',
    until: new Promise((resolve) => {
      release = resolve
    }),
  }
  const answering = answer()
  await clock.advance(1_500)
  const answered = await answering
  expect(
    resultsOf(answered)
      .map(({ agent }) => agent)
      .sort(),
  ).toEqual(['one', 'three'])
  expect(answered.answer).toMatchObject({ value: { remaining: 1 } })
  return release
}

const intervened = ({ answer }: FannedOut): Omit<Intervened, 'events'> => {
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value as unknown as Intervened
}
const resultsOf = (fanned: FannedOut): readonly TargetResult[] => intervened(fanned).results
const stateOf = async (id: string) => (await agents.document({ tenant: 'default', id }))?.machine.state

it('[AG7] answers after 1.5 s with what is done, goes on with the rest, and calls the order finished only then', async () => {
  const release = await withoutTwo(() => fanOut.intervene('default', ana, pauseAll('k')))
  expect(await stateOf('two')).toBe('running')
  expect((await orders.current('default')).unfinished).toHaveLength(1)
  release()
  await fanOut.idle()
  expect(await stateOf('two')).toBe('paused')
  expect((await orders.current('default')).unfinished).toEqual([])
})

it('[PR2] [AG7] an order that stands is not said to be undone where those whom it concerns can not be read', async () => {
  await restart()
  const { listDocuments } = store
  store.listDocuments = () => Promise.reject(new StoreUnavailable('Redis is away.'))
  const pause = () => fanOut.intervene('default', ana, pauseAll('once'))
  expect((await pause()).answer).toMatchObject({ error: { code: 'unknown' } })
  expect((await orders.current('default')).standing).toHaveLength(1)
  store.listDocuments = listDocuments
  const again = await pause()
  expect([again.replayed, resultsOf(again).length]).toEqual([true, 3])
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

it('[AG7] an order that one agent could not be told stays unfinished, and is taken up again until it was', async () => {
  const release = await withoutTwo(() => fanOut.intervene('default', ana, pauseAll('k')))
  isFull = true
  release()
  await fanOut.idle()
  const unfinished = async () => (await orders.current('default')).unfinished.map(({ id }) => id)
  const [order = ''] = await unfinished()
  expect([order === '', await stateOf('two')]).toEqual([false, 'running'])

  // its deadline falls due, and fails at the same agent once more: it is set anew, on the store's clock
  clock.jump(-DAY)
  await clock.advance(5_000)
  const due = async () => (await store.claimDeadlines(10, 1)).map(({ name }) => name)
  expect(await due()).toEqual([`fan-out:${order}`])
  isFull = true
  await fanOut.takeUp('default', order)
  expect([await unfinished(), await stateOf('two')]).toEqual([[order], 'running'])
  await clock.advance(4_999)
  expect(await due()).toEqual([])
  await clock.advance(1)
  expect(await due()).toEqual([`fan-out:${order}`])
  await fanOut.takeUp('default', order)
  expect([await unfinished(), await stateOf('two')]).toEqual([[], 'paused'])
  await clock.advance(30_000)
  expect(await due()).not.toContain(`fan-out:${order}`)
})

it.each(['agent.inject', 'agent.resume', 'agent.reinstate'] as const)(
  '[AG7] [PR2] %s for all, broken off by a crash, is finished by asking again with the same key, for each agent once',
  async (name) => {
    const before = {
      'agent.inject': undefined,
      'agent.resume': 'agent.pause',
      'agent.reinstate': 'agent.stop',
    } as const
    const first = before[name]
    for (const id of first ? ['one', 'two', 'three'] : [])
      await agents.act(
        { tenant: 'default', id },
        { type: first ?? 'agent.pause', reason: 'x', by: ana },
        { name: 'before', key: `before ${id}`, payload: {} },
      )
    const target = { all: true } as const
    const ask = () =>
      fanOut.intervene(
        'default',
        ana,
        name === 'agent.inject'
          ? { name, body: { key: 'k', target, text: 'read the manual' } }
          : { name, body: { key: 'k', target, reason: 'x' } },
      )
    await withoutTwo(ask)
    await restart()
    for (let time = 0; time < 2; time++) {
      const again = await ask()
      expect(
        resultsOf(again)
          .map(({ agent, ok }) => [agent, ok])
          .sort(),
      ).toEqual([
        ['one', true],
        ['three', true],
        ['two', true],
      ])
      expect(again).toMatchObject({ replayed: true })
      expect(again.answer).not.toHaveProperty('value.remaining')
    }
    const event = {
      'agent.inject': 'instruction.queued',
      'agent.resume': 'agent.resumed',
      'agent.reinstate': 'agent.reinstated',
    }
    const events = await store.history({ tenant: 'default', type: event[name], limit: 100 })
    expect(events.map(({ agent }) => agent).sort()).toEqual(['one', 'three', 'two'])
  },
)

it('[AP7] [AG7] a key that was used for one selector is refused for any other command, which nobody gets', async () => {
  const inject = (target: Target, text = 'read the manual') =>
    fanOut.intervene('default', ana, { name: 'agent.inject', body: { key: 'k', target, text } })
  expect(resultsOf(await inject({ labels: 'team=ops' }))).toEqual([])
  for (const other of [
    inject({ all: true }),
    inject({ labels: 'team!=ops' }),
    inject({ labels: 'team=ops' }, 'something else'),
    inject({ agent: 'one' }),
    fanOut.intervene('default', ana, pauseAll('k')),
  ])
    expect((await other).answer).toMatchObject({ ok: false, error: { code: 'conflict' } })
  expect(await store.history({ tenant: 'default', type: 'instruction.queued', limit: 9 })).toEqual([])
  expect((await orders.current('default')).standing).toEqual([])
})

it('[AP7] [AG7] a key that was used for one agent is refused for a selector', async () => {
  const body = { key: 'k', text: 'read the manual' }
  await fanOut.intervene('default', ana, {
    name: 'agent.inject',
    body: { ...body, target: { agent: 'one' } },
  })
  const many = await fanOut.intervene('default', ana, {
    name: 'agent.inject',
    body: { ...body, target: { all: true } },
  })
  expect(many.answer).toMatchObject({ ok: false, error: { code: 'conflict' } })
  expect(await store.history({ tenant: 'default', type: 'instruction.queued', limit: 9 })).toHaveLength(1)
})

it('[AG7] names a thousand, whoever refused before all, and says how many more did it', async () => {
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => start(`crowd-${at}`)))
  await start('last')
  const inject = (key: string, target: Target) =>
    fanOut.intervene('default', ana, { name: 'agent.inject', body: { key, target, text: 'read the manual' } })
  await Promise.all(
    Array.from({ length: builtInPolicy.caps.instructions }, (_, at) => inject(`${at}`, { agent: 'last' })),
  )
  const { results, unlisted, remaining } = intervened(await inject('k', { all: true }))
  expect([results.length, unlisted, remaining]).toEqual([1_000, 4, undefined])
  expect(results.filter(({ ok }) => !ok)).toMatchObject([{ agent: 'last', error: { code: 'rate_limited' } }])
})

describe('where one agent’s document can’t be read', () => {
  /** `schema` 2 is of a newer version; 1 makes it whole again. */
  const rewrite = async (id: string, schema: number) => {
    const ref = { tenant: 'default', kind: 'agent', id } as const
    const { doc, version } = await store.load(ref)
    await store.commit({
      ref,
      expectedVersion: version,
      doc: { ...(doc as object), schema },
      events: [],
      at: store.now(),
    })
  }
  const stateIn = async (id: string) => {
    const { doc } = await store.load({ tenant: 'default', kind: 'agent', id })
    return (doc as { machine: { state: string } }).machine.state
  }
  const order = (name: 'agent.stop' | 'agent.pause', key: string) =>
    fanOut.intervene('default', ana, { name, body: { key, target: { all: true }, reason: 'x' } })

  it.each([
    ['agent.stop', 'stopped'],
    ['agent.pause', 'paused'],
  ] as const)(
    '[AG7] %s of all reaches all others, says whom it did not, and stays open for it',
    async (name, state) => {
      await start('two/child')
      await rewrite('two', 2)
      await restart()
      const { answer } = await order(name, 'k')
      expect(answer.ok).toBe(true)
      const { results } = (answer as unknown as { value: { results: readonly TargetResult[] } }).value
      expect(results.filter((one) => !one.ok).map((one) => one.agent)).toEqual(['two'])
      for (const id of ['one', 'three', 'two/child']) expect(await stateIn(id)).not.toBe('running')
      const { unfinished } = await orders.current('default')
      expect(unfinished).toHaveLength(1)

      await rewrite('two', 1)
      await restart()
      await fanOut.takeUp('default', unfinished[0]?.id ?? '')
      expect((await orders.current('default')).unfinished).toEqual([])
      expect(['stopping', state, 'pausing']).toContain(await stateIn('two'))
    },
  )

  it.each(['agent.stop', 'agent.pause'] as const)(
    '[AG2] %s of one other does as always, a relative too',
    async (name) => {
      await start('two/child')
      await rewrite('two', 2)
      await restart()
      for (const id of ['one', 'two/child']) {
        const body = { key: `k ${id}`, target: { agent: id }, reason: 'x' }
        expect((await fanOut.intervene('default', ana, { name, body })).answer.ok).toBe(true)
        expect(await stateIn(id)).not.toBe('running')
      }
      const body = { key: 'k two', target: { agent: 'two' }, reason: 'x' }
      expect((await fanOut.intervene('default', ana, { name, body })).answer.ok).toBe(false)
    },
  )

  it('[AG7] an order that names others is none of its business, and ends', async () => {
    await start('one/child')
    await rewrite('two', 2)
    await restart()
    const body = { key: 'k', target: { agent: 'one', children: true }, reason: 'x' }
    const { answer } = await fanOut.intervene('default', ana, { name: 'agent.stop', body })
    const { results } = (answer as unknown as { value: { results: readonly TargetResult[] } }).value
    expect(results.map(({ agent, ok }) => [agent, ok]).toSorted()).toEqual([
      ['one', true],
      ['one/child', true],
    ])
    expect((await orders.current('default')).unfinished).toEqual([])
  })

  it('[AG7] nor does one that lacks what it must have hold up a stop of all', async () => {
    const ref = { tenant: 'default', kind: 'agent', id: 'two' } as const
    const { doc, version } = await store.load(ref)
    const { machine: _, ...damaged } = doc as AgentDocument
    await store.commit({ ref, expectedVersion: version, doc: damaged, events: [], at: store.now() })
    await restart()
    expect((await order('agent.stop', 'k')).answer.ok).toBe(true)
    for (const id of ['one', 'three']) expect(await stateIn(id)).not.toBe('running')
    expect((await orders.current('default')).unfinished).toHaveLength(1)
  })

  /** Who is read and what is written in the meantime, and what comes of it. */
  const counted = async (work: () => Promise<void>) => {
    const { load, commit } = store
    const loaded: string[] = []
    let commits = 0
    store.load = (ref, ...rest) => {
      if (ref.kind === 'agent') loaded.push(ref.id)
      return load(ref, ...rest)
    }
    store.commit = (change) => {
      commits += 1
      return commit(change)
    }
    await work()
    Object.assign(store, { load, commit })
    return { loaded, commits }
  }
  const unfinished = async () => (await orders.current('default')).unfinished.map(({ id }) => id)

  it('[AG7] among a thousand it alone is asked again, time and again; another node asks each of them once', async () => {
    await Promise.all(Array.from({ length: 1_000 }, (_, at) => start(`crowd-${at}`)))
    await rewrite('two', 2)
    await restart()
    await order('agent.pause', 'k')
    await fanOut.idle()
    const [id = ''] = await unfinished()
    const takeUp = () => counted(() => fanOut.takeUp('default', id))
    for (let time = 0; time < 2; time++) {
      const { loaded, commits } = await takeUp()
      expect(new Set(loaded)).toEqual(new Set(['two']))
      expect(loaded.length).toBeLessThanOrEqual(3)
      // its deadline, set anew
      expect(commits).toBe(1)
    }
    await restart()
    expect(new Set((await takeUp()).loaded).size).toBe(1_003)
    expect(new Set((await takeUp()).loaded)).toEqual(new Set(['two']))
    expect(await unfinished()).toEqual([id])
  })

  it('[AG7] who comes to match while it is open is asked as well, and has it on record', async () => {
    await rewrite('two', 2)
    await restart()
    const body = { key: 'k', target: { labels: 'team=ops' }, reason: 'x' }
    await fanOut.intervene('default', ana, { name: 'agent.pause', body })
    const [id = ''] = await unfinished()
    expect((await counted(() => fanOut.takeUp('default', id))).loaded).not.toContain('three')

    // by a server that had not heard of the order
    const ref = { tenant: 'default', kind: 'agent', id: 'three' } as const
    const { doc, version } = await store.load(ref)
    await store.commit({
      ref,
      expectedVersion: version,
      doc: { ...(doc as AgentDocument), identity: { labels: { team: 'ops' } } },
      events: [],
      at: store.now(),
    })
    directory.changed({ tenant: 'default', id: 'three' }, Number.MAX_SAFE_INTEGER, false)
    await fanOut.takeUp('default', id)
    expect(await stateIn('three')).toBe('paused')
    expect((await counted(() => fanOut.takeUp('default', id))).loaded).not.toContain('three')
  })

  it('[AG7] [PR2] whom a server that died had not told is told by the next, though others have answered', async () => {
    await rewrite('two', 2)
    await restart()
    held = { agent: 'three', until: new Promise(() => {}) }
    const answering = order('agent.pause', 'k')
    await clock.advance(1_500)
    await answering
    const [id = ''] = await unfinished()
    expect([await stateIn('one'), await stateIn('three')]).toEqual(['paused', 'running'])
    await restart()
    await fanOut.takeUp('default', id)
    expect([await stateIn('three'), await unfinished()]).toEqual(['paused', [id]])
    await rewrite('two', 1)
    await fanOut.takeUp('default', id)
    expect([await stateIn('two'), await unfinished()]).toEqual(['paused', []])
  })

  it('[AG7] who answered that they have it is asked again when it is lifted', async () => {
    await rewrite('two', 2)
    await restart()
    await order('agent.pause', 'k')
    const [id = ''] = await unfinished()
    // the server that lifts it hangs before anybody is told
    held = { agent: 'one', until: new Promise(() => {}) }
    const lifting = fanOut.lift('default', ana, { key: 'l', id, reason: 'x' })
    await clock.advance(1_500)
    await lifting
    fanOut = { ...fanOut, idle: async () => {} }
    held = undefined
    expect(await stateIn('one')).toBe('paused')
    await fanOut.takeUp('default', id)
    expect(await stateIn('one')).toBe('running')
  })

  it('[AG8] nothing is asked for below it or beside it on what nobody could read', async () => {
    await start('two/child')
    const asking = async (key: string) => {
      const answers: boolean[] = []
      for (const id of ['one', 'two/child']) {
        const doc = (await store.load({ tenant: 'default', kind: 'agent', id })).doc as AgentDocument
        const epoch = doc.run?.epoch ?? ''
        const body = {
          key: `${key} ${id}`,
          epoch,
          action: 'mail.send',
          class: 'reversible',
          args: {},
        } as const
        const command = { type: 'action.request', body, identity: { labels: {} } } as never
        const { answer } = await agents.own({ tenant: 'default', id }, command, {})
        answers.push(answer.ok)
      }
      return answers
    }
    expect(await asking('before')).toEqual([true, true])
    await rewrite('two', 2)
    await restart()
    expect(await asking('after')).toEqual([false, false])
  })
})
