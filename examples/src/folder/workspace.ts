import { mkdir, open, readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ActionFailure } from '@holdpoint/client'

export interface FileFacts {
  /** Below the workspace, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly ageDays: number
}

/** One folder that the agent may touch, and nothing beside it: a person's edit of a path is checked like its own. */
export interface Workspace {
  list(): Promise<readonly FileFacts[]>
  read(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
  remove(path: string): Promise<void>
}

const DAY_MS = 86_400_000

export async function openWorkspace(folder: string): Promise<Workspace> {
  const root = await realpath(folder)

  /** Where a path really leads, links followed. Errors: ActionFailure for what lies outside. */
  const inside = async (path: string): Promise<string> => {
    const target = resolve(root, path)
    const real = await realParent(target)
    const way = relative(root, real)
    if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
      throw new ActionFailure(`${path} is not inside the agent's folder.`, { severity: 1 })
    return real
  }

  return {
    async list() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile())
      const facts = files.map(async (file): Promise<FileFacts> => {
        const path = join(file.parentPath, file.name)
        const { size, mtimeMs } = await stat(path)
        const ageDays = Math.floor((Date.now() - mtimeMs) / DAY_MS)
        return { path: relative(root, path).split(sep).join('/'), bytes: size, ageDays }
      })
      return (await Promise.all(facts)).sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    async read(path) {
      return readFile(await inside(path), 'utf8')
    },
    async write(path, text) {
      const target = await inside(path)
      await mkdir(dirname(target), { recursive: true })
      const file = await open(target, 'w')
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    async remove(path) {
      await rm(await inside(path))
    },
  }
}

/** The path with the links of its nearest existing ancestor followed; the file itself need not be there yet. */
async function realParent(target: string): Promise<string> {
  try {
    return await realpath(target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(target) === target) throw error
    return join(await realParent(dirname(target)), relative(dirname(target), target))
  }
}
