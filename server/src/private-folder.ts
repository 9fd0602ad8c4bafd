import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700

/** The folder can not be made or used; `message` is a sentence that says why and what to do. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable'
}

/**
 * Makes a folder that holds keys or data, for its owner alone (0700), unless it is there. A new or empty one tells Git
 * to leave it alone: made inside a clone, one `git add .` would else publish the signing keys (ID5). Never written
 * beside anything else, where it would hide files that belong to somebody.
 * Throws FolderUnusable.
 */
export function makePrivateFolder(folder: string): void {
  const path = resolve(folder)
  try {
    for (const missing of missingFolders(path)) makeFolder(missing)
    if (readdirSync(path).length > 0) return
    writeFileSync(join(path, '.gitignore'), '*\n', { mode: OWNER_ONLY, flag: 'wx' })
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    // Another process made it at the same moment, or the folder can not be written, which what comes next will tell.
    if (syscall === 'open' && ['EEXIST', 'EACCES', 'EROFS'].includes(code ?? '')) return
    throw new FolderUnusable(
      `The folder ${path} can not be used: ${whyNot(code)}. Name another one, or make it for this user.`,
      { cause: error },
    )
  }
}

/** Makes a folder in there and takes it away again. Throws FolderUnusable. */
export function assertWritable(folder: string): void {
  const path = resolve(folder)
  try {
    rmdirSync(mkdtempSync(join(path, '.probe-')))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such folder' : whyNot(code)
    throw new FolderUnusable(
      `The folder ${path} can not be written to: ${why}. Name another one, or give it to this user.`,
      {
        cause: error,
      },
    )
  }
}

/**
 * The folder and those above it that are not there, outermost first. `mkdir` with `recursive` would make them too, but
 * on Node 20 it never ends where the innermost parent is there and still answers "no such file", as /proc does.
 */
function missingFolders(path: string): readonly string[] {
  const missing: string[] = []
  for (let at = path; !isThere(at); at = dirname(at)) missing.unshift(at)
  return missing
}

function isThere(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    // The root is always there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return false
    throw error
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: OWNER_ONLY_FOLDER })
  } catch (error) {
    // Two processes that start at once make the same ones.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isThere(path)) return
    throw error
  }
}

function whyNot(code: string | undefined): string {
  switch (code) {
    case 'ENOTDIR':
    case 'EEXIST':
      return 'something that is not a folder is in its place'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not'
    case 'EROFS':
      return 'it is on a file system that is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return `no folder can be made there (${code ?? 'unknown'})`
  }
}
