import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, refused } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import type { Decision } from '../domain/effects.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { Change, DocumentRef, RestsOn, Store } from '../store/store.ts'
import { type Decided, transact, transactOnGuess } from './transact.ts'

interface Doc {
  readonly text: string
}

const agent: DocumentRef = { tenant: 'acme', kind: 'agent', id: 'worker' }
const ana: DocumentRef = { tenant: 'acme', kind: 'person', id: 'ana' }
const clock = manualClock()

let folder: string
let store: Store
let commits: Change[]
/** While set, what another node does right before each commit. */
let before: (() => Promise<unknown>) | undefined
let here: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transact-'))
  store = await openEmbeddedStore({ folder, clock })
  commits = []
  before = undefined
  here = Object.assign(Object.create(store) as Store, {
    commit: async (change: Change) => {
      commits.push(change)
      await before?.()
      return store.commit(change)
    },
  })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const effects = (text: string): Decision<Doc>['effects'] => ({
  doc: { text },
  events: [],
  deadlines: { set: [], clear: [] },
  records: [],
  blobs: [],
  closeHolders: [],
})

const written = (text: string): Decided<Doc> => ({ answer: ok({ text }), effects: effects(text) })

const write = async (ref: DocumentRef, text: string): Promise<RestsOn> => {
  const { version } = await transact<Doc>(store, {
    ref,
    read: (stored) => stored as Doc,
    decide: () => written(text),
  })
  return { ref, version }
}

const read = async (ref: DocumentRef) => (await store.load(ref, undefined, true)).doc

const guessing = (guess: readonly RestsOn[], decide: (doc: Doc | undefined) => Decided<Doc>, key?: string) =>
  transactOnGuess<Doc>(
    here,
    {
      ref: agent,
      read: (stored) => stored as Doc,
      command: key === undefined ? undefined : { id: { principal: 'ana', key }, fingerprint: key },
      decide,
    },
    guess,
  )

it('[ID2] what is decided on a right guess is committed, resting on all that was guessed from', async () => {
  const seen = await write(ana, 'approver')
  const noLogin = { ref: { ...ana, kind: 'login' as const }, version: 0 }
  const outcome = await guessing([noLogin, seen], () => written('released'))
  expect(outcome).toMatchObject({ answer: ok({ text: 'released' }), version: 1 })
  expect(commits.map(({ restsOn }) => restsOn)).toEqual([[noLogin, seen]])
})

it('[ID2] [ST2] what a decision rests on itself is checked beside the guess', async () => {
  const seen = await write(ana, 'approver')
  const bo = await write({ ...ana, id: 'bo' }, 'approver')
  before = () => write({ ...ana, id: 'bo' }, 'disabled')
  const decide = () => ({ ...written('released'), restsOn: [bo] })
  expect(await guessing([seen], decide)).toBeUndefined()
  expect(commits[0]?.restsOn).toEqual([seen, bo])
  expect(await read(agent)).toBeUndefined()
})

it.each([
  ['was changed', async () => [await write(ana, 'approver'), await write(ana, 'viewer')][0] as RestsOn],
  ['was made since', async () => ({ ...(await write(ana, 'viewer')), version: 0 })],
  ['never was', async () => ({ ref: ana, version: 1 })],
])('[ID2] a guess by a record that %s writes nothing and is tried once', async (_, guessed) => {
  const guess = await guessed()
  let decided = 0
  const outcome = await guessing([guess], () => {
    decided += 1
    return written('released')
  })
  expect([outcome, decided, commits.length]).toEqual([undefined, 1, 1])
  expect(await read(agent)).toBeUndefined()
})

it('[ID2] a record that changes between the decision and its commit is noticed', async () => {
  const seen = await write(ana, 'approver')
  before = () => write(ana, 'viewer')
  expect(await guessing([seen], () => written('released'))).toBeUndefined()
  expect(await read(agent)).toBeUndefined()
})

it('[ID2] nobody is refused on a guess, and nothing is written of a refusal', async () => {
  const seen = await write(ana, 'viewer')
  const refusals: Decided<Doc>[] = [
    { answer: refused('forbidden') },
    // a refusal may write, as a late approval expires what it is about
    { answer: refused('expired'), effects: effects('expired') },
  ]
  for (const refusal of refusals) expect(await guessing([seen], () => refusal)).toBeUndefined()
  expect([commits, await read(agent)]).toEqual([[], undefined])
})

it('[ID2] what changes nothing is not answered on a guess: no commit would check it', async () => {
  const seen = await write(ana, 'approver')
  expect(await guessing([seen], () => ({ answer: ok({ text: 'as it was' }) }))).toBeUndefined()
})

it('[ID2] [AP7] the answer of an earlier command is not shown on a guess, found by the read or by the commit', async () => {
  const seen = await write(ana, 'approver')
  const release = () => guessing([seen], () => written('released'), 'key')
  expect(await release()).toMatchObject({ answer: ok({ text: 'released' }) })
  expect(await release()).toBeUndefined()
  // as a node does that remembers the document, and so has not looked for the answer
  const load: Store['load'] = async (ref) => ({ ...(await store.load(ref)), cached: true })
  here = Object.assign(Object.create(here) as Store, { load })
  const before = commits.length
  expect(await release()).toBeUndefined()
  expect(commits.length).toBe(before + 1)
})

it('[ST2] whoever else writes to the document meanwhile costs another attempt, on the same guess', async () => {
  const seen = await write(ana, 'approver')
  let others = 2
  before = async () => {
    if (others-- > 0) await write(agent, `other ${others}`)
  }
  const met: (string | undefined)[] = []
  const outcome = await guessing([seen], (doc) => {
    met.push(doc?.text)
    return written('released')
  })
  expect(outcome).toMatchObject({ version: 3 })
  expect(met).toEqual([undefined, 'other 1', 'other 0'])
  expect(commits.map(({ restsOn }) => restsOn)).toEqual([[seen], [seen], [seen]])
})

it('[PR2] a guess that never settles ends all the same', async () => {
  const seen = await write(ana, 'approver')
  before = () => write(agent, 'other')
  await expect(guessing([seen], () => written('released'))).rejects.toThrow('did not settle')
  expect(commits.length).toBe(100)
})
