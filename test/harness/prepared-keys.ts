import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeys } from '@holdpoint/server'

const FILE = 'keys.json'
let made: Promise<string> | undefined

/** Gives a folder that has no signing keys those of this process: making new ones for each test costs up to half a second. */
export async function prepareKeys(folder: string): Promise<void> {
  made ??= makeKeys()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await writeFile(join(folder, FILE), await made, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function makeKeys(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-keys-'))
  try {
    await openKeys(folder)
    return await readFile(join(folder, FILE), 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}
