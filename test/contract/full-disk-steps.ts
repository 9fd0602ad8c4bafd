/** A disk that is full at any one step, or from it on: what was acknowledged is there, and nothing else, then and after a crash. */
import { join } from 'node:path'
import { type EmbeddedStore, openEmbeddedStore, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { MINUTE, SECOND } from '@holdpoint/shared'
import { expect } from 'vitest'
import { diskFullAt, type HowFull } from '../harness/disk-full-at.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import { copyFolder, temporaryFolder } from './embedded-harness.ts'
import { agentRef, changeTo, partition, TENANT, upTo, wholeFeed } from './store-harness.ts'

const QUIET_MS = SECOND / 2
const SHORT_MS = SECOND / 4
const PROBE_MS = 2 * SECOND

interface Counting {
  readonly count: number
  readonly list: readonly number[]
}

/** What was acknowledged: the documents, by id, and the events in their order. */
interface Acknowledged {
  readonly documents: Map<string, Counting>
  readonly events: string[]
}

/** The next version of a document, with everything that a change may bring; a refusal for lack of room is borne. */
async function write(store: EmbeddedStore, { documents, events }: Acknowledged, id: string): Promise<void> {
  const before = documents.get(id)
  const version = before?.count ?? 0
  const doc = { count: version + 1, list: [...(before?.list ?? []), version] }
  const command = { principal: id, key: `k${version}` }
  const change = changeTo(agentRef(id), store.now(), {
    expectedVersion: version,
    before,
    doc,
    events: [{ type: 'agent.started', agent: id, by: id, data: { version } }],
    deadlines: { set: [{ name: 'halt', dueAt: store.now() + MINUTE + version }] },
    records: [
      { kind: 'run', id, status: `v${version}`, open: version % 2 === 0, at: version, data: { version } },
    ],
    blobs: [{ digest: `sha256:${id}${version}`, text: id }],
    // the first ones expire, so that there is something to clear away
    remember: {
      command,
      fingerprint: '',
      answer: { version },
      retain: { forMs: version === 0 ? SHORT_MS : MINUTE },
    },
  })
  if (!(await unlessFull(() => store.commit(change)))) return
  documents.set(id, doc)
  events.push(`${id} ${version}`)
}

async function unlessFull<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnavailable)
    return undefined
  }
}

/** Some turns of the event loop after a moment: what the store does by itself is done then. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  await clock.advance(ms)
  for (const _ of upTo(6)) await new Promise((resolve) => setImmediate(resolve))
}

/** A little of everything that writes: commits, quiet moments, reads in the tables' order, an archive. */
async function work(store: EmbeddedStore, clock: ManualClock, acknowledged: Acknowledged): Promise<void> {
  const all = (...ids: string[]) => Promise.all(ids.map((id) => write(store, acknowledged, id)))
  await all('a', 'b', 'c')
  await pass(clock, QUIET_MS)
  await all('a', 'd')
  await unlessFull(() => store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 }))
  await all('a')
  await all('b')
  if ((await store.head(partition)).seq > 1)
    await unlessFull(async () =>
      store.confirmArchived(partition, 2, (await store.hashAt(partition, 2)) ?? 'none'),
    )
  await all('c')
  await pass(clock, QUIET_MS)
  await pass(clock, PROBE_MS)
  await all('a')
}

async function expectKept(store: EmbeddedStore, { documents, events }: Acknowledged): Promise<void> {
  const feed = await wholeFeed(store)
  expect(feed.map(({ agent, data }) => `${agent} ${data.version}`)).toEqual(events)
  expect(verifyChain(feed)).toBeUndefined()
  for (const [id, doc] of documents) {
    const version = doc.count
    const loaded = await store.load(agentRef(id), { principal: id, key: `k${version - 1}` })
    expect(loaded).toMatchObject({ doc, version })
    if (version > 1) expect(loaded.earlier?.answer).toEqual({ version: version - 1 })
    expect(await store.record(TENANT, 'run', id)).toMatchObject({ status: `v${version - 1}` })
    expect(await store.blob(TENANT, `sha256:${id}${version - 1}`)).toBe(id)
  }
  const listed = await store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 99 })
  expect(new Map(listed.map(({ id, doc }) => [id, doc]))).toEqual(documents)
  const open = await store.records({ tenant: TENANT, kind: 'run', open: true, limit: 99 })
  const expected = [...documents].flatMap(([id, { count }]) => (count % 2 === 1 ? [id] : []))
  expect(open.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
}

/** Works on a disk that is full so; returns how many steps there were. */
async function workOnDisk(how: HowFull): Promise<number> {
  using root = temporaryFolder()
  const full = diskFullAt(how)
  const clock = manualClock()
  const fatal: Error[] = []
  const open = (folder: string) =>
    openEmbeddedStore({ folder, clock, disk: full.disk, onFatal: (error) => fatal.push(error) })
  const [folder, left] = [join(root.path, 'store'), join(root.path, 'left')]
  const store = await open(folder)
  const acknowledged: Acknowledged = { documents: new Map(), events: [] }
  full.start()
  await work(store, clock, acknowledged)
  full.makeRoom()
  copyFolder(folder, left)
  await expectKept(store, acknowledged)
  await pass(clock, PROBE_MS)
  expect(store.writable()).toBe(true)
  await store.close()
  for (const folderNow of [folder, left]) {
    const again = await open(folderNow)
    const goesOn: Acknowledged = {
      documents: new Map(acknowledged.documents),
      events: [...acknowledged.events],
    }
    await expectKept(again, goesOn)
    await write(again, goesOn, 'a')
    await expectKept(again, goesOn)
    await again.close()
  }
  expect(fatal).toEqual([])
  return full.steps
}

/** How many steps there are on a disk with room. */
export const stepsWithRoom = (): Promise<number> =>
  workOnDisk({ at: Number.POSITIVE_INFINITY, stays: false, rollsBack: false })

/** On a disk that is full so everything that was acknowledged is kept, and nothing that was refused. */
export async function expectNothingLost(how: HowFull): Promise<void> {
  await workOnDisk(how).catch((error: Error) => {
    throw new Error(`a disk ${JSON.stringify(how)}: ${error.message}`, { cause: error })
  })
}
