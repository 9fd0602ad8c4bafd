import type { EventView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { freshKey, type RawAgent, startAgent } from '../harness/raw-agent.ts'
import type { Ack, RawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

const KIB = 1024
/** About what one message may carry of a list, and room for what is around it. */
const MOST_BYTES = 576 * KIB

/** Children of one token: what one agent's credential can do at most. */
async function children(cp: Harness, count: number, more: object = {}): Promise<readonly RawAgent[]> {
  const names = Array.from({ length: count }, (_, n) => `evil/${n}`)
  return Promise.all(
    names.map(async (agent) => startAgent(await cp.agentSocket({ subject: 'evil' }), { agent, ...more })),
  )
}

/** Collects what a console learns: by the feed and, where that shows a gap, by asking from its cursor on. */
async function follow(console_: RawSocket): Promise<{ readonly seqs: () => ReadonlySet<number> }> {
  const { cursor, seq: from } = await console_.must('sync', {})
  const seqs = new Set<number>()
  let at: string = cursor
  let asking = false
  const take = (events: readonly EventView[]): void => {
    for (const { seq } of events) seqs.add(seq)
  }
  const ask = async (): Promise<void> => {
    if (asking) return
    asking = true
    for (let more = true; more; ) {
      const page: Ack = await console_.must('sync', { cursor: at })
      take(page.events)
      at = page.cursor
      more = page.more
    }
    asking = false
  }
  let last: number = from
  console_.socket.on('feed', ({ events }: { events: readonly EventView[] }) => {
    take(events)
    const first = events[0]?.seq ?? 0
    if (first > last + 1) void ask()
    last = Math.max(last, events.at(-1)?.seq ?? 0)
  })
  return { seqs: () => seqs }
}

const largest = ({ frames }: RawSocket): number =>
  Math.max(0, ...frames.map((text) => Buffer.byteLength(text)))

describe('ID4: one credential floods no console that reads', () => {
  it('[ID4] [PR4] the large results of many agents reach every console whole, in frames of bounded size', async () => {
    await using cp = await controlPlane()
    const consoles = await Promise.all(
      ['ana', 'bo', 'cy'].map((subject) => cp.operatorSocket({ subject, role: 'viewer' })),
    )
    let ended = 0
    for (const { ended: end } of consoles) end.then(() => (ended += 1))
    const followed = await Promise.all(consoles.map(follow))
    const agents = await children(cp, 90)
    const result = 'x'.repeat(60_000)
    await Promise.all(agents.map((agent) => agent.send('run.complete', { result })))
    const { seq } = await (await cp.operatorSocket({ subject: 'dora' })).must('sync', {})
    await until('every console to have everything', () =>
      followed.every(({ seqs }) => Array.from({ length: seq }, (_, n) => n + 1).every((n) => seqs().has(n))),
    )
    expect(ended).toBe(0)
    for (const one of consoles) expect(largest(one)).toBeLessThan(MOST_BYTES)
  })

  it('[ID4] what an agent shows of its progress is bounded, and so is what consoles watch', async () => {
    await using cp = await controlPlane()
    const agents = await children(cp, 100, { task: 't'.repeat(2_000) })
    const [first] = agents as [RawAgent]
    const count = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, at) => [`u${at}`, at]))
    const usage = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`${'u'.repeat(50)}${at}`, at]))
    const tooMuch = [{ usage }, { usage: count(17) }, { step: '長'.repeat(200), message: '長'.repeat(500) }]
    for (const shown of tooMuch) {
      const before = first.socket.received.length
      first.socket.socket.emit('progress', { epoch: first.epoch, ...shown })
      await until('a refusal', () =>
        first.socket.received.slice(before).some(([event]) => event === 'refused'),
      )
    }
    for (const { socket, epoch } of agents)
      socket.socket.emit('progress', { epoch, message: 'm'.repeat(500), usage: count(16) })
    const ana = await cp.operatorSocket({})
    const watched = await ana.must('agents.watch', { ids: agents.map((_, n) => `evil/${n}`) })
    expect(watched.agents).toHaveLength(100)
    await until('all that progress', async () => {
      await ana.heard('presence')
      const [, body] = ana.received.findLast(([event]) => event === 'presence') ?? []
      return (body as { agents: { progress?: object }[] }).agents.every(({ progress }) => progress)
    })
    expect(largest(ana)).toBeLessThan(MOST_BYTES)
  })

  it('[ID4] a page of agents ends where a message does, and the next one goes on there', async () => {
    await using cp = await controlPlane()
    const agents = await children(cp, 200, { task: 't'.repeat(2_000), name: 'n'.repeat(200) })
    const ana = await cp.operatorSocket({})
    const ids: string[] = []
    for (let cursor: string | undefined, pages = 0; pages === 0 || cursor; pages++) {
      const page = await ana.must('agents.list', { limit: 500, ...(cursor && { cursor }) })
      ids.push(...page.agents.map(({ id }: { id: string }) => id))
      cursor = page.nextCursor
      expect(pages).toBeLessThan(10)
    }
    expect(ids).toEqual(agents.map((_, n) => `evil/${n}`).sort())
    const { agents: shown, unread = [] } = await ana.must('agents.watch', { ids })
    expect([...shown.map(({ id }: { id: string }) => id), ...unread]).toEqual(ids)
    expect(unread.length).toBeGreaterThan(0)
    expect(largest(ana)).toBeLessThan(MOST_BYTES)
    await ana.must('agents.watch', { ids: [] })
  })

  it('[ID4] a console that stops reading is cut off, and its neighbours get on', async () => {
    await using cp = await controlPlane()
    const deaf = await cp.operatorSocket({ subject: 'deaf', role: 'viewer' })
    const good = await cp.operatorSocket({ subject: 'good', role: 'viewer' })
    await deaf.must('sync', {})
    const { seqs } = await follow(good)
    deaf.stopReading()
    const agents = await children(cp, 10)
    const open = async () =>
      Number(
        /^holdpoint_sockets\{space="\/operator"\} (\d+)$/m.exec(
          await (await fetch(`${cp.url}/metrics`)).text(),
        )?.[1],
      )
    const context = 'x'.repeat(60_000)
    let runs = agents
    for (let n = 0; n < 40 && (await open()) > 1; n++) {
      await Promise.all(runs.map((agent) => agent.send('run.complete', { result: context })))
      runs = await Promise.all(
        runs.map(({ socket, started }) => startAgent(socket, { key: freshKey(), agent: started.agent.id })),
      )
    }
    await until('the deaf one to be cut off', async () => (await open()) === 1)
    const { seq } = await (await cp.operatorSocket({ subject: 'dora' })).must('sync', {})
    await until('the other to have everything', () => seqs().has(seq))
  })
})
