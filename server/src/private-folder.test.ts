import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertWritable, FolderUnusable, makePrivateFolder } from './private-folder.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'holdpoint-folder-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

const failure = (folder: string): unknown => {
  try {
    makePrivateFolder(folder)
  } catch (error) {
    return error
  }
  return undefined
}

describe('a private folder', () => {
  it('[ID5] is made with all that is missing above it, for its owner alone, and out of Git’s sight', () => {
    makePrivateFolder(join(parent, 'a', 'b'))
    expect(statSync(join(parent, 'a')).mode & 0o077).toBe(0)
    expect(statSync(join(parent, 'a', 'b')).mode & 0o077).toBe(0)
    expect(existsSync(join(parent, 'a', 'b', '.gitignore'))).toBe(true)
    makePrivateFolder(join(parent, 'a', 'b'))
  })

  it('hides nothing that was there before', () => {
    writeFileSync(join(parent, 'mine'), '')
    makePrivateFolder(parent)
    expect(existsSync(join(parent, '.gitignore'))).toBe(false)
  })

  it('is refused with a sentence where there is a file, or one above it', () => {
    writeFileSync(join(parent, 'file'), '')
    symlinkSync(join(parent, 'nowhere'), join(parent, 'dangling'))
    for (const folder of ['file', 'file/below', 'dangling']) {
      const error = failure(join(parent, folder))
      expect(error).toBeInstanceOf(FolderUnusable)
      expect(String(error)).toContain(
        `The folder ${join(parent, folder)} can not be used: something that is not a folder is in its place.`,
      )
    }
  })

  // Where its parent is there and says that there is none, Node 20's own recursive mkdir goes on for ever.
  it.runIf(existsSync('/proc/self'))('is refused where the system lets nobody make one', () => {
    const error = failure('/proc/nope/deeper')
    expect(error).toBeInstanceOf(FolderUnusable)
    expect(String(error)).toContain('no folder can be made there (ENOENT)')
  })

  it('is known to be writable, or refused with a sentence', () => {
    assertWritable(parent)
    expect(readdirSync(parent)).toEqual([])
    expect(() => assertWritable(join(parent, 'nowhere'))).toThrow(
      `The folder ${join(parent, 'nowhere')} can not be written to: there is no such folder.`,
    )
  })
})
