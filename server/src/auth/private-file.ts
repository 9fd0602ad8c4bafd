import { constants, type FileHandle, link, open, unlink } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname } from 'node:path'
import { newId } from '@holdpoint/shared'

/** The keys can not be trusted or read; `message` is a sentence that says why and what to do. The server must not start. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable'
}

const READABLE_BY_OTHERS = 0o077

/** The file's text, undefined where there is no file. The handle is checked, so that what is read is what was checked. */
export async function readPrivate(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new KeysUnusable(
      `The key file ${path} can not be opened; give it to the user that runs the server.`,
      {
        cause: error,
      },
    )
  }
  try {
    const { mode } = await file.stat()
    if (hasModes() && mode & READABLE_BY_OTHERS)
      throw new KeysUnusable(
        `The key file ${path} can be read by other users (mode ${octal(mode)}), who could use its keys; run "chmod 600 ${path}", and make new keys if anybody may have read it.`,
      )
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Linked into place whole and durable, never over another: of two first starts at once the later takes the earlier's.
 * Returns the text that stands. Throws what the file system throws.
 */
export async function createPrivate(path: string, text: string): Promise<string> {
  const draft = `${path}.${newId()}.tmp`
  await writeDurably(draft, text)
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(path))
  const standing = await readPrivate(path)
  if (standing === undefined)
    throw new KeysUnusable(`The key file ${path} vanished while it was made; start again.`)
  return standing
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (!hasModes()) return // Windows can not open a folder
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export const hasModes = (): boolean => platform() !== 'win32'
export const octal = (mode: number): string => (mode & 0o777).toString(8)
