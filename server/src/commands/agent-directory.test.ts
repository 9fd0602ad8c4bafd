import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInPolicy } from '@holdpoint/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { afterThisTurn } from '../clock.ts'
import { type AgentDocument, newAgent } from '../domain/agent-document.ts'
import { openEmbeddedStore } from '../store/embedded/open-store.ts'
import type { Store } from '../store/store.ts'
import { createAgentDirectory } from './agent-directory.ts'

const AGENTS = 350

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-directory-'))
  store = await openEmbeddedStore({ folder, clock: manualClock() })
  await Promise.all(Array.from({ length: AGENTS }, (_, n) => write(agent(n), 0)))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const agent = (n: number): AgentDocument =>
  newAgent('acme', `worker-${n}`, { owner: undefined, labels: {} }, builtInPolicy)

const write = (doc: AgentDocument, expectedVersion: number) =>
  store.commit({
    ref: { tenant: 'acme', kind: 'agent', id: doc.id },
    expectedVersion,
    doc,
    events: [],
    at: 0,
  })

it('[PR2] thousands of agents are read over many turns, so that whoever asks for something else comes in between', async () => {
  let turns = 0
  const directory = createAgentDirectory(store, (work) => {
    turns += 1
    return afterThisTurn(work)
  })
  expect((await directory.all('acme')).size).toBe(AGENTS)
  expect(turns).toBeGreaterThanOrEqual(Math.floor(AGENTS / 100))
})

it('[AG7] what is committed while they are read is not overwritten by what was read before', async () => {
  let changed = false
  const directory = createAgentDirectory(store, (work) => {
    // an agent of the page that was just read, and one that is still to come
    if (!changed)
      for (const n of [0, 99])
        directory.update({ tenant: 'acme', id: `worker-${n}` }, { ...agent(n), name: 'new' }, 2)
    changed = true
    return afterThisTurn(work)
  })
  const all = await directory.all('acme')
  expect([all.get('worker-0')?.name, all.get('worker-99')?.name]).toEqual(['new', 'new'])
})
