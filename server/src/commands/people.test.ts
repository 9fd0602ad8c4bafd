import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MINUTE, ok } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import type { PersonDocument } from '../domain/person-document.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { RestsOn, Store } from '../store/store.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { createPeople, type People } from './people.ts'
import { transactOnGuess } from './transact.ts'

const tenant = 'acme'
const clock = manualClock()
const root = { id: 'root', role: 'admin' } as const

let folder: string
let store: Store
/** What was read of the store meanwhile. */
let reads: RestsOn[]
let here: People
let elsewhere: People
const node = (remembers: boolean): People => {
  const load: Store['load'] = async (ref, ...more) => {
    const loaded = await store.load(ref, ...more)
    // as from a store that may give a version again
    const write = loaded.version > 0 ? `the write of ${ref.kind} ${ref.id} ${loaded.version}` : undefined
    reads.push({ ref, version: loaded.version, write })
    return { ...loaded, write }
  }
  return createPeople({
    store: Object.assign(Object.create(store) as Store, { load }),
    clock,
    queue: createKeyedQueue(),
    publish: () => {},
    log: { error: () => {} },
    remembers,
  })
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'people-'))
  store = await openEmbeddedStore({ folder, clock })
  reads = []
  here = node(true)
  elsewhere = node(false)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const bearer = (id: string, session?: string) =>
  ({ tenant, id, role: 'approver', jti: 'token', issuedAt: clock.now(), session }) as const

const submit = async (name: string, payload: { readonly id: string }) => {
  const request = { name, payload: { key: `${name} ${reads.length}`, ...payload } }
  const { answer } = await elsewhere.submit(tenant, root, request as Parameters<People['submit']>[2])
  expect(answer).toMatchObject({ ok: true })
}
const add = (id: string, logins = [id]) => submit('person.add', { id, role: 'approver', logins } as never)
const change = (id: string, to: object) => submit('person.change', { id, ...to })
const rewrite = (id: string, to: Partial<PersonDocument>) =>
  elsewhere.onRecord(tenant, id, (doc) => ({
    answer: ok({}),
    effects: {
      doc: { ...(doc as PersonDocument), ...to },
      events: [],
      deadlines: { set: [], clear: [] },
      records: [],
      blobs: [],
      closeHolders: [],
    },
  }))
const session = { id: 's', startedAt: 0 } as never

/** Whether a commit goes through that rests on whom this node remembers. */
const counts = async (restsOn: readonly RestsOn[]): Promise<boolean> => {
  const outcome = await transactOnGuess<object>(
    store,
    {
      ref: { tenant, kind: 'agent', id: 'worker' },
      read: (stored) => stored as object,
      decide: () => ({
        answer: ok({}),
        effects: {
          doc: {},
          events: [],
          deadlines: { set: [], clear: [] },
          records: [],
          blobs: [],
          closeHolders: [],
        },
      }),
    },
    restsOn,
  )
  return outcome !== undefined
}

it.each([
  ['of whom there is no record', async () => {}, bearer('ana')],
  ['who is on record', () => add('ana'), bearer('ana')],
  ['by another login of theirs', () => add('ana', ['ana', 'ana-2']), bearer('ana-2')],
  [
    'in a session',
    async () => {
      await add('ana')
      await rewrite('ana', { sessions: [session] })
    },
    bearer('ana', 's'),
  ],
] as const)(
  '[ID2] whoever is remembered, %s, rests on all that tells who they are',
  async (_, prepare, who) => {
    await prepare()
    expect(here.remembered(who)).toBeUndefined()
    reads = []
    const acting = await here.acting(who)
    if (!acting.ok) throw new Error(acting.error.message)
    const told = [...reads]
    expect(told.length).toBeGreaterThan(0)
    expect(here.remembered(who)).toEqual({ person: acting.value, restsOn: told })
    expect(reads).toEqual(told)
    expect(await counts(told)).toBe(true)
  },
)

it.each([
  ['a role that was taken away', () => change('ana', { role: 'viewer' }), bearer('ana')],
  [
    'a person who was disabled',
    () => submit('person.disable', { id: 'ana', reason: 'left' } as never),
    bearer('ana'),
  ],
  ['a login that was taken away', () => change('ana', { logins: ['ana'] }), bearer('ana-2')],
  [
    'a login that was moved to another person',
    async () => {
      await change('ana', { logins: ['ana'] })
      // a claim that may still be made good is nobody else's
      await clock.advance(MINUTE)
      await add('bo', ['bo', 'ana-2'])
    },
    bearer('ana-2'),
  ],
  ['a session that was ended', () => rewrite('ana', { sessions: [] }), bearer('ana', 's')],
  ['somebody who had no record', () => add('dee'), bearer('dee')],
] as const)(
  '[ID2] %s counts in no commit of a node that remembers better times',
  async (_, meanwhile, who) => {
    await add('ana', ['ana', 'ana-2'])
    await rewrite('ana', { sessions: [session] })
    await here.acting(who)
    const known = here.remembered(who)
    if (!known) throw new Error('nobody is remembered')
    await meanwhile()
    expect(await counts(known.restsOn)).toBe(false)
  },
)

it('[ID2] whoever would be refused is not remembered: that is told of what was read', async () => {
  await add('ana')
  await submit('person.disable', { id: 'ana', reason: 'left' } as never)
  await here.acting(bearer('ana'))
  await here.acting(bearer('dee', 'no session of hers'))
  expect(here.remembered(bearer('ana'))).toBeUndefined()
  expect(here.remembered(bearer('dee', 'no session of hers'))).toBeUndefined()
  expect(here.remembered({ ...bearer('dee'), role: 'agent' as never })).toBeUndefined()
})

it('[ID2] nobody is remembered for another tenant, nor where a node is to read each time', async () => {
  await add('ana')
  for (const people of [here, elsewhere]) await people.acting(bearer('ana'))
  expect(here.remembered({ ...bearer('ana'), tenant: 'other' })).toBeUndefined()
  expect(elsewhere.remembered(bearer('ana'))).toBeUndefined()
})

it('[ST2] who was read is told with the very write that it was read from', async () => {
  await add('ana')
  const { rest } = await here.read(tenant, 'ana')
  expect(rest).toEqual(reads.at(-1))
  expect(rest.write).toBe('the write of person ana 1')
})
