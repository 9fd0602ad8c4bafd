/** What reaches the disk, seen and broken from outside: the program runs under strace (Linux). */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, systemClock } from '@holdpoint/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { needProgram } from '../harness/need-program.ts'
import { compiled } from './child.ts'
import { temporaryFolder } from './embedded-harness.ts'

const commitInTurn = compiled(new URL('./children/commit-in-turn.ts', import.meta.url))
const STRACE = 'strace'

/** Runs the program and returns its lines; `options` are strace's. */
function traced(folder: string, ...options: string[]): string[] {
  const { stdout } = spawnSync(STRACE, ['-f', ...options, process.execPath, commitInTurn, folder], {
    encoding: 'utf8',
  })
  return stdout.trim().split('\n')
}

describe('the disk', () => {
  beforeAll(() => needProgram(STRACE), 120_000)

  it('[ST3] [PR1] no commit is acknowledged before the journal was flushed after it was written', () => {
    using root = temporaryFolder()
    const trace = join(root.path, 'trace')
    const said = traced(
      join(root.path, 'store'),
      '-y',
      '-e',
      'trace=fsync,fdatasync,pwrite64,write',
      '-o',
      trace,
    )
    expect(said).toEqual(Array.from({ length: 10 }, (_, n) => `acknowledged ${n}`))
    let synced = false
    let acknowledged = 0
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/pwrite64\(.*holdpoint\.db-journal-a>/.test(line)) synced = false
      if (/fdatasync\(.*holdpoint\.db-journal-a>\) += 0/.test(line)) synced = true
      if (!line.includes('"acknowledged ')) continue
      acknowledged += 1
      expect(synced, line).toBe(true)
    }
    expect(acknowledged).toBe(10)
  })

  it('[ST8] [PR1] after a failed fsync nothing is acknowledged any more, and what was is found again', async () => {
    using root = temporaryFolder()
    const folder = join(root.path, 'store')
    const journal = join(folder, 'holdpoint.db-journal-a')
    const said = traced(
      folder,
      '-P',
      journal,
      '-e',
      'trace=fdatasync',
      '-e',
      'inject=fdatasync:error=EIO:when=7',
      '-o',
      '/dev/null',
    )
    const failedAt = said.indexOf('fatal EIO')
    expect(failedAt).toBeGreaterThan(0)
    expect(said.slice(0, failedAt)).toEqual(said.slice(0, failedAt).map((_, n) => `acknowledged ${n}`))
    expect(said[failedAt + 1]).toBe('OutcomeUnknown')
    expect(new Set(said.slice(failedAt + 2))).toEqual(new Set(['StoreUnavailable']))

    const store = await openEmbeddedStore({ folder, clock: systemClock })
    const found = await store.listDocuments({ tenant: 'acme', kind: 'agent', limit: 100 })
    expect(found.map(({ id }) => id).slice(0, failedAt)).toEqual(
      Array.from({ length: failedAt }, (_, n) => `agent-${n}`),
    )
    expect(found.length).toBeLessThanOrEqual(failedAt + 1)
    await store.close()
  })
})
