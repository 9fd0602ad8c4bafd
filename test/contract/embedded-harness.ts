import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedStore, openEmbeddedStore } from '@holdpoint/server'
import Database from 'better-sqlite3'
import { type DiskFaults, faultyDisk } from '../harness/faulty-disk.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import type { StoreHarness } from './store-harness.ts'

export interface EmbeddedHarness extends StoreHarness {
  readonly store: EmbeddedStore
  readonly folder: string
  readonly clock: ManualClock
  readonly faults: DiskFaults
  /** What `onFatal` was told since the store was opened. */
  readonly fatal: readonly Error[]
  /** What `onKeptInLog` was told. */
  readonly keptInLog: readonly (Error | undefined)[]
}

/** A fresh folder that goes away with the test. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'holdpoint-store-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * Copies a folder in another process: closing a database file that this process has open would drop its lock.
 * It is what a process that dies now leaves behind, as far as the operating system has it.
 */
export function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', `${from}/.`, to])
}

export const databaseIn = (folder: string): string => join(folder, 'holdpoint.db')

/** Works on a closed store's database, as someone with the file in hand could. */
export function tamper<T>(folder: string, work: (db: Database.Database) => T): T {
  const db = new Database(databaseIn(folder))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** Changes that the tables get together: fewer than where nobody waits for them. */
export const OWED = 2_048

export async function openEmbedded(): Promise<EmbeddedHarness> {
  const root = temporaryFolder()
  const clock = manualClock()
  const faults: DiskFaults = {}
  let generation = 0
  let folder = join(root.path, '0')
  let fatal: Error[] = []
  const keptInLog: (Error | undefined)[] = []

  const open = (): Promise<EmbeddedStore> => {
    fatal = []
    return openEmbeddedStore({
      folder,
      clock,
      owed: OWED,
      disk: faultyDisk(faults),
      onFatal: (error) => fatal.push(error),
      onKeptInLog: (why) => keptInLog.push(why),
    })
  }
  let store = await open()

  return {
    get store() {
      return store
    },
    get folder() {
      return folder
    },
    get fatal() {
      return fatal
    },
    keptInLog,
    clock,
    faults,
    advance: clock.advance,
    jump: clock.jump,
    failNextCommit(how) {
      faults.failNext = how === 'kept' ? 'commit-kept' : 'commit-lost'
    },
    async reopen() {
      await store.close()
      store = await open()
    },
    async crash() {
      const left = join(root.path, String(++generation))
      copyFolder(folder, left)
      await store.close()
      folder = left
      store = await open()
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      root[Symbol.dispose]()
    },
  }
}
