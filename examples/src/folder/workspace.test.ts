import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from './workspace.ts'

let base: string
let root: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'holdpoint-workspace-'))
  root = join(base, 'work')
  await mkdir(root)
})
afterEach(() => rm(base, { recursive: true }))

describe('the agent’s folder', () => {
  it('lists files with their age, below it only', async () => {
    await writeFile(join(root, 'old.log'), 'x')
    const yearAgo = Date.now() / 1_000 - 400 * 86_400
    await utimes(join(root, 'old.log'), yearAgo, yearAgo)
    await mkdir(join(root, 'sub'))
    await writeFile(join(root, 'sub', 'new.txt'), 'hello')
    expect(await (await openWorkspace(root)).list()).toEqual([
      { path: 'old.log', bytes: 1, ageDays: 400 },
      { path: 'sub/new.txt', bytes: 5, ageDays: 0 },
    ])
  })

  it('writes into new folders and reads back', async () => {
    const workspace = await openWorkspace(root)
    await workspace.write('reports/today.md', '# Report')
    expect(await workspace.read('reports/today.md')).toBe('# Report')
  })

  it.each(['../secret', '/etc/hostname', '.', 'sub/../../secret', 'link/secret', 'link/new'])(
    'refuses %s',
    async (path) => {
      await writeFile(join(base, 'secret'), 'keep')
      await symlink(base, join(root, 'link'))
      const workspace = await openWorkspace(root)
      await expect(workspace.read(path)).rejects.toThrow(/not inside/)
      await expect(workspace.write(path, 'x')).rejects.toThrow(/not inside/)
      await expect(workspace.remove(path)).rejects.toThrow(/not inside/)
      expect(await readFile(join(base, 'secret'), 'utf8')).toBe('keep')
      expect(existsSync(join(base, 'new'))).toBe(false)
    },
  )
})
