import type { EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import type { Ack, RawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

const feedOf = ({ received }: RawSocket): readonly EventView[] =>
  received.flatMap(([event, body]) => (event === 'feed' ? (body as { events: EventView[] }).events : []))
const typesOf = (events: readonly EventView[]) => events.map(({ type }) => type)
const upTo = (console_: RawSocket, type: string) =>
  until(`${type} in the feed`, () => typesOf(feedOf(console_)).includes(type))

it('[PR4] a snapshot, then every event after it, in order and without a gap', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const ana = await cp.operatorSocket({})
  const synced = await ana.must('sync', {})
  expect(synced).toMatchObject({
    snapshot: {
      approvals: [{ id: approval.id, remainingMs: expect.any(Number) }],
      tickets: [],
      orders: [],
      counts: { agents: 1, approvals: 1, tickets: 0 },
    },
    events: [],
    more: false,
    seq: 2,
    storeEpoch: 1,
  })
  for (let n = 0; n < 20; n++) await agent.ask('read_file', { path: `file-${n}` })
  await agent.send('question.ask', { question: 'Go on?' })
  await upTo(ana, 'question.opened')
  const feed = feedOf(ana)
  expect(feed.map(({ seq }) => seq)).toEqual(feed.map((_, at) => at + 3))
})

it('[PR4] a cursor brings what was missed, page by page, and one of another history brings a snapshot', async () => {
  await using cp = await controlPlane()
  const ana = await cp.operatorSocket({})
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const first = await ana.must('sync', {})
  const work = async (n: number) => {
    const asked = await agent.ask('read_file', { path: `file-${n}` })
    await agent.report(asked.action.id)
  }
  for (let n = 0; n < 180; n += 5) await Promise.all(Array.from({ length: 5 }, (_, at) => work(n + at)))
  let { cursor } = first
  const seqs: number[] = []
  let pages = 0
  for (let more = true; more; pages++) {
    const page = await ana.must('sync', { cursor })
    expect(page.snapshot).toBeUndefined()
    seqs.push(...page.events.map(({ seq }: EventView) => seq))
    cursor = page.cursor
    more = page.more
  }
  expect(pages).toBe(3)
  const { seq: last } = await ana.must('sync', {})
  expect(seqs).toEqual(Array.from({ length: last - first.seq }, (_, at) => first.seq + 1 + at))
  expect(await ana.must('sync', { cursor })).toMatchObject({ events: [], more: false, seq: last, cursor })

  const forged = Buffer.from(JSON.stringify([1, first.seq, 'f'.repeat(64)])).toString('base64url')
  expect(await ana.must('sync', { cursor: forged })).toMatchObject({ snapshot: { counts: { agents: 1 } } })
  expect(await ana.must('sync', { cursor: 'rubbish' })).toMatchObject({ snapshot: {} })
})

it('[PR4] who caused an event has it in the ack, everybody else in the feed', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const [ana, alsoAna, bo] = [
    await cp.operatorSocket({ subject: 'ana' }),
    await cp.operatorSocket({ subject: 'ana' }),
    await cp.operatorSocket({ subject: 'bo' }),
  ]
  for (const console_ of [ana, alsoAna, bo]) await console_.must('sync', {})
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const { events } = await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
  expect(typesOf(events)).toEqual(['approval.approved'])
  await agent.begin(approval)
  for (const console_ of [ana, alsoAna, bo]) await upTo(console_, 'action.begun')
  expect(typesOf(feedOf(ana))).toEqual(['approval.requested', 'action.begun'])
  for (const other of [alsoAna, bo])
    expect(typesOf(feedOf(other))).toEqual(['approval.requested', 'approval.approved', 'action.begun'])
})

it('[AP11] an approval shows when it was delivered and seen, and by whom', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  await ana.must('sync', {})
  const one = (await agent.ask('send_email', { to: 'x' })).approval
  const two = (await agent.ask('send_email', { to: 'y' })).approval
  const { cursor } = await ana.must('sync', {})
  await ana.must('seen', { ids: [one.id], cursor })
  const stages = async (id: string) => (await ana.must('approval.get', { id })).approval.stages
  expect(await stages(one.id)).toMatchObject({ delivered: { by: 'ana' }, seen: { by: 'ana' } })
  expect(await stages(two.id)).toMatchObject({ delivered: { by: 'ana' } })
  expect((await stages(two.id)).seen).toBeUndefined()
})

it('[AP11] [PR4] nobody says that they received what the feed never brought', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const vera = await cp.operatorSocket({ subject: 'vera', role: 'viewer' })
  const { cursor } = await vera.must('sync', {})
  const [epoch, seq, hash] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  const forged = [
    [epoch, 9e15, ''],
    [epoch, seq + 1, hash],
    [epoch, seq, 'f'.repeat(64)],
    [epoch, seq, ''],
    [epoch, -1, ''],
    [epoch + 1, seq, hash],
  ]
  for (const parts of forged)
    expect(
      await vera.request('seen', {
        ids: [approval.id],
        cursor: Buffer.from(JSON.stringify(parts)).toString('base64url'),
      }),
      JSON.stringify(parts),
    ).toMatchObject({ error: { code: 'invalid', details: { path: '/cursor' } } })
  const { stages } = (await vera.must('approval.get', { id: approval.id })).approval
  expect(Object.keys(stages)).toEqual(['queued'])
  await vera.must('seen', { ids: [], cursor })
  const { stages: later } = (await vera.must('approval.get', { id: approval.id })).approval
  expect(later).toMatchObject({ delivered: { by: 'vera' } })
})

it('[PR4] [AP11] a frame of the feed brings its own cursor: good for seen, and for going on from', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  await ana.must('sync', {})
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const { cursor, events } = await ana.heard('feed')
  expect(await ana.must('sync', { cursor })).toMatchObject({ events: [], cursor, seq: events.at(-1).seq })
  await ana.must('seen', { ids: [], cursor })
  const { stages } = (await ana.must('approval.get', { id: approval.id })).approval
  expect(stages).toMatchObject({ delivered: { by: 'ana' } })
})

it('[AG2] what has no run is told apart from what somebody stopped, in what is listed and in what is counted', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const start = async (subject: string) => startAgent(await cp.agentSocket({ subject }))
  const done = await start('done')
  await done.send('run.complete', {})
  await start('locked')
  await start('running')
  const ana = await cp.operatorSocket({})
  const list = async (filter: object) => {
    const { agents, noRun, counts } = await ana.must('agents.list', filter)
    return { ids: agents.map(({ id }: { id: string }) => id), noRun, stopped: counts.stopped }
  }
  await ana.must('agent.stop', { key: freshKey(), target: { agent: 'locked' }, reason: 'x' })
  expect(await list({ noRun: true })).toEqual({ ids: ['done'], noRun: 1, stopped: 2 })
  expect(await list({ state: 'stopped', noRun: false })).toEqual({ ids: ['locked'], noRun: 1, stopped: 2 })
  expect(await list({ noRun: false })).toEqual({ ids: ['locked', 'running'], noRun: 1, stopped: 2 })
  expect(await list({ state: 'stopped' })).toEqual({ ids: ['done', 'locked'], noRun: 1, stopped: 2 })
  expect(await list({ state: 'running', noRun: true })).toEqual({ ids: [], noRun: 1, stopped: 2 })

  // unlocked, its process may act on until the lease is over: it is being stopped, and not without a run
  await ana.must('agent.reinstate', { key: freshKey(), target: { agent: 'locked' }, reason: 'x' })
  expect(await list({ noRun: true })).toMatchObject({ ids: ['done'] })
  await clock.advance(20_000)
  expect(await list({ noRun: true })).toEqual({ ids: ['done', 'locked'], noRun: 2, stopped: 2 })
})

it('[AG2] agents are listed by page, filtered and counted, and watched as they live', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  for (const subject of ['w1', 'w2', 'w3', 'other'])
    await startAgent(await cp.agentSocket({ subject, labels: { kind: subject.startsWith('w') ? 'w' : 'o' } }))
  const ana = await cp.operatorSocket({})
  await ana.must('agent.pause', { key: freshKey(), target: { agent: 'w2' }, reason: 'x' })
  const ids = ({ agents }: Ack) => agents.map(({ id }: { id: string }) => id)
  const first = await ana.must('agents.list', { labels: 'kind=w', limit: 2 })
  expect(ids(first)).toEqual(['w1', 'w2'])
  expect(first.counts).toEqual({ running: 2, paused: 1, awaiting_input: 0, stopped: 0 })
  const second = await ana.must('agents.list', { labels: 'kind=w', limit: 2, cursor: first.nextCursor })
  expect(ids(second)).toEqual(['w3'])
  expect(second.nextCursor).toBeUndefined()
  expect(ids(await ana.must('agents.list', { state: 'paused' }))).toEqual(['w2'])
  expect(ids(await ana.must('agents.list', { search: 'OTH' }))).toEqual(['other'])
  expect(await ana.request('agents.list', { cursor: 'x' })).toMatchObject({ error: { code: 'invalid' } })

  const worker = await cp.agentSocket({ subject: 'w4' })
  const agent = await startAgent(worker)
  worker.socket.emit('progress', { epoch: agent.epoch, step: '2 of 5', message: 'reading' })
  const watched = await ana.must('agents.watch', { ids: ['w4', 'nobody'] })
  expect(watched.agents).toMatchObject([{ id: 'w4', connected: true, leaseRemainingMs: 15_000 }])
  await clock.advance(1_000)
  expect(await ana.heard('presence')).toEqual({
    agents: [
      {
        id: 'w4',
        connected: true,
        leaseRemainingMs: 14_000,
        progress: { step: '2 of 5', message: 'reading' },
      },
    ],
  })
  worker.close()
  await until('w4 to be gone', async () => !(await ana.must('agent.get', { id: 'w4' })).agent.connected)
  await ana.must('agents.watch', { ids: [] })
})

it('[PR7] history is paged, newest first, and filtered', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  await startAgent(await cp.agentSocket({ subject: 'other' }))
  const ana = await cp.operatorSocket({})
  for (let n = 0; n < 5; n++) {
    const { approval } = await agent.ask('send_email', { n })
    await ana.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'no' })
  }
  const query = { agent: 'worker', type: 'approval.*', by: 'ana', limit: 2 }
  const seqs: number[] = []
  for (let cursor: string | undefined, n = 0; n === 0 || cursor; n++) {
    const page = await ana.must('history.list', { ...query, ...(cursor && { cursor }) })
    expect(page.events.every((event: EventView) => event.type === 'approval.denied')).toBe(true)
    seqs.push(...page.events.map(({ seq }: EventView) => seq))
    cursor = page.nextCursor
  }
  expect(seqs).toHaveLength(5)
  expect(seqs).toEqual([...seqs].sort((a, b) => b - a))
})
