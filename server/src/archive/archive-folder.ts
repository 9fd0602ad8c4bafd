import { constants, mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { assertWritable, FolderUnusable, makePrivateFolder } from '../private-folder.ts'
import type { StoredEvent } from '../store/store.ts'
import type { Archive, ArchivedPlace } from './ports.ts'

const NOTHING: ArchivedPlace = { seq: 0, hash: '' }
/** `<first seq>-<last seq>.jsonl.gz`, in digits that sort. */
const SEGMENT = /^(\d{15})-(\d{15})\.jsonl\.gz$/
const digits = (seq: number): string => String(seq).padStart(15, '0')

/**
 * An archive that is a folder: in it one per partition (its name as a URL has it), in that gzipped files of JSON lines, one
 * event each with its hash, so that the chain can be verified offline. A file is whole or not there, and never changed.
 */
export function archiveFolder(folder: string): Archive {
  const folderOf = (partition: string): string => join(folder, encodeURIComponent(partition))

  return {
    async end(partition) {
      const names = await readdir(folderOf(partition)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      const last = names
        .filter((name) => SEGMENT.test(name))
        .toSorted()
        .at(-1)
      return last === undefined ? NOTHING : readEnd(join(folderOf(partition), last))
    },

    async add(partition, events) {
      const [first, last] = [events[0], events.at(-1)]
      if (!first || !last) return
      const into = folderOf(partition)
      await mkdir(into, { recursive: true, mode: 0o700 })
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('')
      const path = join(into, `${digits(first.seq)}-${digits(last.seq)}.jsonl.gz`)
      await writeDurably(path, await promisify(gzip)(lines))
      for (const parent of [into, folder]) await syncFolder(parent)
    },
  }
}

/** The same, once the folder is there and can be written to. Throws FolderUnusable. */
export function openArchiveFolder(folder: string): Archive {
  try {
    makePrivateFolder(folder)
    assertWritable(folder)
  } catch (error) {
    if (!(error instanceof FolderUnusable)) throw error
    throw new FolderUnusable(`HOLDPOINT_ARCHIVE: ${error.message}`, { cause: error })
  }
  return archiveFolder(folder)
}

/** Its last line says where it ends. */
async function readEnd(path: string): Promise<ArchivedPlace> {
  const text = String(await promisify(gunzip)(await readFile(path)))
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  const { seq, hash } = JSON.parse(line) as StoredEvent
  return { seq, hash }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const draft = `${path}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** A file's name lies in its folder, which has to be on disk as well. */
async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return // can not open a folder
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
