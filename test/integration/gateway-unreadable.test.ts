import { OperatorClient } from '@holdpoint/client/operator'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

const refOf = (id: string, kind: 'agent' | 'person' = 'agent') => ({ tenant: 'default', kind, id }) as const

async function rewrite(
  cp: Harness,
  id: string,
  change: (doc: Record<string, unknown>) => object,
  ref = refOf(id),
): Promise<void> {
  const { store } = cp
  const { doc, version } = await store.load(ref)
  const written = change(doc as Record<string, unknown>)
  await store.commit({
    ref,
    expectedVersion: version,
    doc: written,
    events: [],
    at: store.now(),
  })
}

const DAMAGES = [
  ['of a newer version', (doc: object) => ({ ...doc, schema: 2 })],
  ['that is damaged', ({ machine: _, ...doc }: Record<string, unknown>) => ({ ...doc, standing: 'no list' })],
] as const

const idsOf = (agents: readonly { readonly id: string }[]) => agents.map(({ id }) => id)

for (const [what, damage] of DAMAGES)
  for (const isKnown of [true, false])
    it(`[PR2] lists and sync of all others go on beside a document ${what}, ${isKnown ? 'found at the start' : 'found as it is shown'}`, async () => {
      await using cp = await controlPlane()
      for (const subject of ['one', 'two', 'zeta']) await startAgent(await cp.agentSocket({ subject }))
      const root = await cp.operatorSocket({ subject: 'root' })
      const grant = { action: 'send_email', count: 3, reason: 'x' }
      for (const agent of ['one', 'two', 'zeta'])
        await root.must('standing.issue', { key: freshKey(), agent, ...grant })
      await rewrite(cp, 'two', damage)
      if (isKnown) await cp.restart()
      const ana = await cp.operatorSocket({})

      expect(await ana.must('sync', {})).toMatchObject({ snapshot: { counts: { agents: 3 } } })
      const all = await ana.must('agents.list', {})
      expect([idsOf(all.agents), all.unreadable]).toEqual([['one', 'zeta'], ['two']])
      expect(all).not.toHaveProperty('nextCursor')
      // page by page nobody is left out, though it is in between
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await ana.must('agents.list', { limit: 1, ...(cursor !== undefined && { cursor }) })
        seen.push(...idsOf(page.agents))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(seen).toEqual(['one', 'zeta'])
      const watched = await ana.must('agents.watch', { ids: ['one', 'two', 'zeta'] })
      expect([idsOf(watched.agents), watched.unreadable]).toEqual([['one', 'zeta'], ['two']])
      expect(await ana.must('agent.get', { id: 'one' })).toMatchObject({ agent: { id: 'one' } })
      const { error } = await ana.request('agent.get', { id: 'two' })
      expect(error).toMatchObject({ code: 'internal' })

      const { standing, unreadable } = await ana.must('standing.list', {})
      expect([standing.map(({ agent }: { agent: string }) => agent), unreadable]).toEqual([
        ['one', 'zeta'],
        ['two'],
      ])
    })

it('[AP13] the client and the command line name whose standing grants nobody can read', async () => {
  await using cp = await controlPlane()
  for (const subject of ['one', 'two']) await startAgent(await cp.agentSocket({ subject }))
  const token = await cp.token({ subject: 'root', role: 'admin' })
  await using client = new OperatorClient({ url: cp.url, token })
  await client.ready()
  const { id } = await client.issueStanding('one', 'send_email', 'x', { count: 3 })
  expect(await client.standing()).toEqual({ standing: [expect.objectContaining({ id })] })
  await rewrite(cp, 'two', (doc) => ({ ...doc, schema: 2 }))
  await cp.restart()
  const found = { standing: [expect.objectContaining({ id })], unreadable: ['two'] }
  await using again = new OperatorClient({ url: cp.url, token })
  expect(await again.standing()).toEqual(found)
  const hp = commandLine({ url: cp.url, token })
  expect((await hp('standing', 'list', '--json')).json()).toEqual(found)
  expect((await hp('standing', 'list')).stderr).toBe(
    'Could not be read, so what is released for them is not listed: two.\n',
  )
})

it('[PR2] what could not be shown of an agent is logged with what went wrong, once for each and not at each look', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
  await using cp = await controlPlane({ parts: { logger } })
  for (const subject of ['one', 'two', 'zeta']) await startAgent(await cp.agentSocket({ subject }))
  const ana = await cp.operatorSocket({})
  await ana.must('agents.list', {})
  for (const [id, damage] of [
    ['two', DAMAGES[1][1]],
    ['zeta', DAMAGES[0][1]],
  ] as const)
    await rewrite(cp, id, damage)
  for (let look = 0; look < 3; look++) {
    expect((await ana.must('agents.list', {})).unreadable).toEqual(['two', 'zeta'])
    await ana.must('agents.watch', { ids: ['one', 'two', 'zeta'] })
  }
  const told = lines.map(
    (line) => JSON.parse(line) as { agent: string; err: { type: string; stack: string } },
  )
  expect(told.map(({ agent }) => agent).toSorted()).toEqual(['two', 'zeta'])
  const two = told.find(({ agent }) => agent === 'two')
  expect(two).toMatchObject({ level: 50, tenant: 'default', err: { type: 'TypeError' } })
  expect(two?.err.stack).toContain('operator-lists')
})

it('[AG2] [AG7] an order is not shown to have halted whom nobody can read, and what frees the others does', async () => {
  await using cp = await controlPlane()
  for (const subject of ['one', 'two', 'two/child']) await startAgent(await cp.agentSocket({ subject }))
  await rewrite(cp, 'two', (doc) => ({ ...doc, schema: 2 }))
  await cp.restart()
  const ana = await cp.operatorSocket({})
  const pause = (target: object) => ana.must('agent.pause', { key: freshKey(), target, reason: 'x' })
  const held = async () =>
    (await ana.must('order.list', {})).orders.map(({ held: one }: { held: { agents: number } }) => one.agents)
  await pause({ all: true })
  expect(await held()).toEqual([3])
  await pause({ agent: 'one', children: true })
  expect(await held()).toEqual([3, 1])
  expect(await ana.must('sync', {})).toMatchObject({
    snapshot: { orders: [{ held: { agents: 3 } }, { held: { agents: 1 } }] },
  })
  const { results } = await ana.must('agent.inject', {
    key: freshKey(),
    target: { all: true },
    text: 'Look.',
  })
  expect(results.map(({ agent, ok }: { agent: string; ok: boolean }) => [agent, ok]).toSorted()).toEqual([
    ['one', true],
    ['two', false],
    ['two/child', true],
  ])
})

it('[AP14] [AG8] nothing is released on a count, or below a level, that nobody could read', async () => {
  await using cp = await controlPlane()
  const instance = 'the-same-process-as-before'
  for (const subject of ['one', 'two', 'two/child'])
    await startAgent(await cp.agentSocket({ subject }), { instance })
  const first = await cp.operatorSocket({})
  const limitOf = async (ana: typeof first): Promise<number> =>
    (await ana.must('agent.get', { id: 'two/child' })).budgets.apiCalls.limit
  const usual = await limitOf(first)
  await rewrite(cp, 'two', (doc) => ({ ...doc, schema: 2 }))
  await cp.restart()
  const ana = await cp.operatorSocket({})
  await ana.must('agents.list', {})
  const again = { instance, takeover: true }
  const one = await startAgent(await cp.agentSocket({ subject: 'one' }), again)
  expect(await one.ask('read_file', { n: 1 })).toMatchObject({ ok: false })
  const child = await cp.agentSocket({ subject: 'two/child' })
  expect(await child.request('run.start', { key: freshKey(), ...again })).toMatchObject({ ok: false })
  expect(await limitOf(ana)).toBeLessThan(usual)
})

it('[AG1] [AG7] an agent is stopped though its order was lifted, and nobody can read its parent to let it go on', async () => {
  await using cp = await controlPlane()
  await startAgent(await cp.agentSocket({ subject: 'two' }))
  const child = await startAgent(await cp.agentSocket({ subject: 'two/child' }))
  const first = await cp.operatorSocket({})
  const target = { all: true }
  const { order } = await first.must('agent.pause', { key: freshKey(), target, reason: 'x' })
  expect(await child.ask('api_call', { n: 1 })).toMatchObject({ verdict: 'wait', approval: { held: true } })
  await rewrite(cp, 'two', (doc) => ({ ...doc, schema: 2 }))
  await cp.restart()
  const ana = await cp.operatorSocket({})
  await ana.must('order.lift', { key: freshKey(), id: order.id, reason: 'done' })
  // what it asked for is not decided by a level that nobody could read
  expect(await ana.must('agent.get', { id: 'two/child' })).toMatchObject({ agent: { state: 'paused' } })
  const stop = { key: freshKey(), target: { agent: 'two/child' }, reason: 'now' }
  expect(await ana.must('agent.stop', stop)).toMatchObject({ results: [{ ok: true, state: 'stopped' }] })
  const { agent } = await ana.must('agent.get', { id: 'two/child' })
  expect(agent).toMatchObject({ locked: true, open: { approvals: 0 } })
})

it('[AG1] [AP13] an agent is stopped though nobody can read who released in advance what it asks for', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'held' }))
  const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
  await root.must('person.add', { key: freshKey(), id: 'ana', role: 'approver' })
  const ana = await cp.operatorSocket({ subject: 'ana', role: 'approver' })
  const grant = { agent: 'held', action: 'send_email', count: 5, reason: 'routine' }
  await ana.must('standing.issue', { key: freshKey(), ...grant })
  const target = { agent: 'held' }
  await root.must('agent.pause', { key: freshKey(), target, reason: 'x' })
  expect(await agent.ask('send_email', { to: 'a' })).toMatchObject({ approval: { held: true } })
  await rewrite(cp, 'ana', (doc) => ({ ...doc, schema: 2 }), refOf('ana', 'person'))
  const stopping = await root.must('agent.stop', { key: freshKey(), target, reason: 'now' })
  expect(stopping).toMatchObject({ results: [{ ok: true, state: 'stopped' }] })
})
