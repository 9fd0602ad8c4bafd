import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700

/**
 * Makes a folder that holds keys or data, for its owner alone (0700), unless it is there. A new or empty one tells Git
 * to leave it alone: made inside a clone, one `git add .` would else publish the signing keys (ID5). Never written
 * beside anything else, where it would hide files that belong to somebody.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER })
  if (readdirSync(folder).length > 0) return
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { mode: OWNER_ONLY, flag: 'wx' })
  } catch (error) {
    // Another process made it at the same moment, or the folder can not be written, which what comes next will tell.
    if (!['EEXIST', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
