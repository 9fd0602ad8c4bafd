/**
 * The witness: where the feeds stood, as a node has seen them (ST9). A running node keeps it in memory; one in a file is
 * there for the day when Redis and every node were down together.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Cancel, Clock } from '../../clock.ts'
import { StoreUnusable } from '../store.ts'
import type { Known } from './chain.ts'
import type { Meta } from './meta.ts'

export interface Witness extends Meta {
  readonly heads: ReadonlyMap<string, Known>
}

/** How long the file may be behind, ms. */
const BEHIND_MS = 1_000

/**
 * The witness, or undefined where there is none: a node that comes for the first time has seen nothing. Throws
 * StoreUnusable for one that can't be read, without which a loss would go unnoticed.
 */
export function readWitness(file: string): Witness | undefined {
  try {
    const { storeId, epoch, heads } = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof storeId !== 'string' || !Number.isSafeInteger(epoch) || !Array.isArray(heads))
      throw new SyntaxError('it is no witness')
    return { storeId, epoch, heads: new Map(heads) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new StoreUnusable(
      `${file}, by which this node notices that Redis has lost history, can not be read (${message}). Where nothing was lost, remove it and start again.`,
    )
  }
}

export type WitnessFile = ReturnType<typeof witnessFile>

/** Keeps the file a moment behind what `current` says, at most one write per second however many commits there are. */
export function witnessFile(file: string | undefined, clock: Clock, current: () => Witness) {
  let timer: Cancel | undefined
  let writing: Promise<void> = Promise.resolve()
  if (file) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })

  const write = (): Promise<void> => {
    // Failing to write it loses no commit: the next start only sees less far.
    if (file) writing = writing.then(() => replace(file, current())).catch(() => {})
    return writing
  }
  return {
    soon(): void {
      if (!file) return
      timer ??= clock.after(BEHIND_MS, () => {
        timer = undefined
        void write()
      })
    },
    write,
    finish(): Promise<void> {
      timer?.()
      return write()
    },
  }
}

/** Replaces it whole: a crash leaves the old one or the new one. */
async function replace(file: string, { storeId, epoch, heads }: Witness): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify({ storeId, epoch, heads: [...heads] })}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}
