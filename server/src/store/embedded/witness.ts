/**
 * The witness: where the feeds stood, kept beside the database (ST9). A database that is behind its witness, or has
 * another history, is a restored backup or lost writes, and the store epoch must rise.
 * It is written after the commits that it speaks of are durable, so it is never ahead of an intact database.
 */
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Head } from '../store.ts'
import { syncFolder } from './folder.ts'

export interface Witness {
  readonly storeId: string
  readonly epoch: number
  readonly heads: readonly Head[]
}

/** The witness, or undefined where there is none that can be read. */
export function readWitness(file: string): Witness | undefined {
  try {
    const { storeId, epoch, heads } = JSON.parse(readFileSync(file, 'utf8'))
    const usable = typeof storeId === 'string' && Number.isSafeInteger(epoch) && Array.isArray(heads)
    return usable ? { storeId, epoch, heads } : undefined
  } catch {
    return undefined
  }
}

/** Replaces the witness whole: a crash leaves the old one or the new one. */
export async function writeWitness(file: string, witness: Witness): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(witness)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  syncFolder(dirname(file))
}
