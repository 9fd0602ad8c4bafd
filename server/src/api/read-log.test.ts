import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf, type LoggedEvent } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import { type ChainedEvent, type ChainPosition, verifyChain } from '../store/hash-chain.ts'
import type { Change, Store } from '../store/store.ts'
import { readLog } from './read-log.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'read-log-'))
  store = await openEmbeddedStore({ folder, clock: manualClock() })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

let made = 0
async function commit(tenant: string, events: Change['events'], blobs: Change['blobs'] = []): Promise<void> {
  const ref = { tenant, kind: 'agent', id: `agent-${++made}` } as const
  const at = store.now()
  expect(await store.commit({ ref, expectedVersion: 0, at, doc: {}, events, blobs })).toMatchObject({
    status: 'committed',
  })
}
const event = (data: Record<string, unknown> = {}) => ({ type: 'agent.started', agent: 'a', by: 'b', data })

const read = async (query: Parameters<typeof readLog>[2], tenant = 'acme') => {
  const answer = await readLog(store, tenant, query)
  if (!answer.ok) throw new Error(answer.error.code)
  return answer.value
}
const chained = (events: readonly LoggedEvent[], after: ChainPosition) =>
  verifyChain(
    events.map((one) => ({ ...one, partition: 'acme/0', at: Date.parse(one.at) })) as ChainedEvent[],
    after,
  )

it('[PR7] reads every event as it was hashed, page by page, each page on the one before', async () => {
  await commit('acme', [event({ n: 1 }), { ...event({ n: 2 }), push: { seq: 1, state: 'running' } }])
  await commit('acme', [event({ n: 3, remainingMs: 5, approval: { status: 'pending', expiresAt: 'soon' } })])
  const first = await read({ after: 0, limit: 2 })
  expect(first).toMatchObject({ log: 'acme/0', after: { seq: 0, hash: '' }, head: { seq: 3 } })
  const second = await read({ after: 2, limit: 2 })
  expect(second.after).toEqual({ seq: 2, hash: first.events[1]?.hash })
  expect(second.events.at(-1)?.hash).toBe(second.head.hash)
  expect(chained([...first.events, ...second.events], first.after)).toBeUndefined()
  expect(chained(second.events, second.after)).toBeUndefined()
  const end = await read({ after: 3 })
  expect(end).toMatchObject({ after: end.head, events: [] })
})

it('[ST11] begins behind what was trimmed, with the hash that the first event left goes on from', async () => {
  await commit('acme', [event({ n: 1 }), event({ n: 2 }), event({ n: 3 })])
  const [, second] = (await read({ after: 0 })).events
  await store.confirmArchived('acme/0', 2, second?.hash ?? '')
  await store.trim('acme/0', 2)
  const left = await read({ after: 0 })
  expect(left.after).toEqual({ seq: 2, hash: second?.hash })
  expect(left.events.map(({ seq }) => seq)).toEqual([3])
  expect(chained(left.events, left.after)).toBeUndefined()
})

it('[AP9] hands the texts over that events name, once a page, and looks for none where an agent wrote', async () => {
  const [asked, edited, context, secret] = ['asked', 'edited', 'context', 'secret'].map((text) => ({
    text,
    digest: digestOf(text),
  })) as [Text, Text, Text, Text]
  const approval = { digest: edited.digest, askedDigest: asked.digest, contextDigest: context.digest }
  await commit('acme', [event({ approval }), event({ approval })], [asked, edited, context, secret])
  await commit('acme', [event({ note: secret.digest, action: { digest: secret.digest } })])
  expect((await read({ after: 0, texts: true })).texts).toEqual([edited, asked, context])
  expect((await read({ after: 1, texts: true })).texts).toEqual([edited, asked, context])
  expect((await read({ after: 0 })).texts).toEqual([])
})
interface Text {
  readonly text: string
  readonly digest: ReturnType<typeof digestOf>
}

it('a page is no larger than a message may be, its texts included', async () => {
  const blobs = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(60_000).slice(0, 60_000)).map((text) => ({
    text,
    digest: digestOf(text),
  }))
  await commit(
    'acme',
    blobs.map(({ digest }) => event({ digest })),
    blobs,
  )
  const seen: string[] = []
  for (let after = 0; after < 20; ) {
    const { events, texts } = await read({ after, texts: true, limit: 500 })
    expect(JSON.stringify({ events, texts }).length).toBeLessThan(512 * 1024)
    seen.push(...texts.map(({ text }) => text))
    after = events.at(-1)?.seq ?? 20
  }
  expect(seen).toEqual(blobs.map(({ text }) => text))
})

it('[ID2] reads the log of one tenant alone, and says where it ends', async () => {
  await commit(
    'other',
    [event({ digest: digestOf('theirs') })],
    [{ text: 'theirs', digest: digestOf('theirs') }],
  )
  await commit('acme', [event({ digest: digestOf('theirs') })])
  expect(await read({ after: 0, texts: true })).toMatchObject({ head: { seq: 1 }, texts: [] })
  expect(await readLog(store, 'acme', { after: 2 })).toMatchObject({ error: { code: 'invalid' } })
})
