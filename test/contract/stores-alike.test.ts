/** Whatever words a change holds, the store on Redis makes of it what the embedded one does. */
import type { Change, DocumentRef, Store } from '@holdpoint/server'
import { verifyChain } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { testRedis } from '../harness/redis-server.ts'
import { openEmbedded } from './embedded-harness.ts'
import { openRedis } from './redis-harness.ts'
import { wholeFeed } from './store-harness.ts'

const RUNS = 15
const LIMIT = 50

const redis = await testRedis()

afterAll(() => redis[Symbol.asyncDispose]())

/** What means something in names of keys, in Lua's patterns, in ranges of Redis, in JSON, or in a document's hash. */
const TELLING = [
  ...['a', 'a:b', 'open', 'agent:a', 'status:a', '0', '12', '-', '(a', '+inf', '%d', '{a}', '}', '['],
  ...[
    ' ',
    'a b',
    'a\nb',
    '\u0000',
    '"',
    '\\',
    '\u00e9',
    '\ud83d\ude00',
    '__proto__',
    'doc',
    'version',
    'last',
  ],
]
const word = fc.oneof(fc.constantFrom(...TELLING), fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }))
const json = fc.jsonValue({ maxDepth: 2 })
const kind = fc.constantFrom<DocumentRef['kind'][]>(
  'agent',
  'orders',
  'access',
  'person',
  'login',
  'policy',
  'on-call',
  'channels',
)
const event = fc.record(
  {
    type: word,
    agent: word,
    by: word,
    push: fc.record({ seq: fc.integer({ min: 1, max: 99 }), state: word }),
    data: fc.dictionary(word, json, { maxKeys: 3 }),
  },
  { requiredKeys: ['type', 'data'] },
)
const record = fc.record(
  {
    kind: fc.constantFrom('approval' as const, 'ticket' as const),
    id: word,
    agent: word,
    status: word,
    open: fc.boolean(),
    at: fc.integer({ min: 1, max: 5 }),
    data: json,
  },
  { requiredKeys: ['kind', 'id', 'status', 'open', 'at', 'data'] },
)
const remember = fc.record({
  command: fc.record({ principal: word, key: word }),
  fingerprint: word,
  answer: json,
  retain: fc.oneof(fc.record({ holder: word }), fc.constant({ forMs: MINUTE })),
})
const step = fc.record(
  {
    kind,
    id: word,
    /** What becomes of the document that stands; without one it is written anew. */
    edit: fc.dictionary(word, json, { maxKeys: 3 }),
    doc: fc.dictionary(word, json, { maxKeys: 4 }),
    events: fc.array(event, { maxLength: 3 }),
    deadlines: fc.record({
      set: fc.array(fc.record({ name: word, dueAt: fc.integer({ min: 1, max: 1e12 }) }), { maxLength: 2 }),
      clear: fc.array(word, { maxLength: 2 }),
    }),
    blobs: fc.array(fc.record({ digest: word, text: fc.string({ unit: 'binary' }) }), { maxLength: 2 }),
    records: fc.array(record, { maxLength: 3 }),
    remember,
    closeHolders: fc.array(word, { maxLength: 2 }),
  },
  { requiredKeys: ['kind', 'id', 'doc', 'events', 'deadlines', 'blobs', 'records', 'closeHolders'] },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the step comes to in this store: the commit's result, and what is loaded then. */
async function take(store: Store, tenant: string, { kind, id, edit, doc, ...rest }: Step): Promise<unknown> {
  const ref = { tenant, kind, id }
  const before = await store.load(ref)
  const from = edit && before.doc !== undefined && { before: before.doc, doc: { ...before.doc, ...edit } }
  const { version: expectedVersion, write: expectedWrite } = before
  const change: Change = { ref, expectedVersion, expectedWrite, at: 1, doc, ...from, ...rest }
  const result = await store.commit(change)
  const loaded = await store.load(ref, rest.remember?.command)
  // what one store needs to tell versions apart is its own affair
  if (result.status === 'committed') expect(loaded.write).toBe(result.write)
  return { result: { ...result, write: undefined }, loaded: { ...loaded, write: undefined } }
}

/** Everything that can be asked about what the steps have named. */
async function found(store: Store, tenant: string, steps: readonly Step[]): Promise<unknown> {
  const feed = await wholeFeed(store, store.partitionOf(tenant))
  expect(verifyChain(feed)).toBeUndefined()
  const answers: unknown[] = [feed, await store.countOpen(tenant)]
  for (const { kind, events, blobs, records } of steps) {
    answers.push(await store.listDocuments({ tenant, kind, limit: LIMIT }))
    for (const { type, agent, by } of events) {
      answers.push(await store.history({ tenant, type, agent, by, limit: LIMIT }))
      if (agent !== undefined) answers.push(await store.readPushes(tenant, agent, 0, LIMIT))
    }
    for (const { kind, id, status, agent } of records) {
      answers.push(await store.record(tenant, kind, id))
      answers.push(await store.records({ tenant, kind, status, limit: LIMIT }))
      answers.push(await store.records({ tenant, kind, agent, open: true, limit: LIMIT }))
    }
    for (const { digest } of blobs) answers.push(await store.blob(tenant, digest))
  }
  return answers
}

/** As JSON has it. Hashes included: both chain the same partition's events. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

it('[ST1] [ST2] [ST3] [ST4] [ST5] both stores make the same of a change, whatever words it holds', async () => {
  await using embedded = await openEmbedded()
  await using onRedis = await openRedis(redis)
  let tenants = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const tenant = `tenant-${++tenants}`
      for (const one of steps)
        expect(plain(await take(onRedis.store, tenant, one))).toEqual(
          plain(await take(embedded.store, tenant, one)),
        )
      // what they made is in the embedded one's journal alone: as patches, which have to lead to the same
      await embedded.crash()
      expect(plain(await found(onRedis.store, tenant, steps))).toEqual(
        plain(await found(embedded.store, tenant, steps)),
      )
    }),
    { numRuns: RUNS },
  )
})
