/** The built packages, by computed address: the pages are about what is built, not about what this file imports. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure, ROOT } from '../run.mjs'

/** Imports a built module by its path below the repository's root. */
export async function built(path) {
  if (!existsSync(join(ROOT, path))) throw new Failure(`${path} is not built: run "npm run build" first.`)
  return import(pathToFileURL(join(ROOT, path)).href)
}

/** Imports a dependency of one of the packages. */
export const dependency = async (folder, name) =>
  import(pathToFileURL(createRequire(join(ROOT, folder, 'package.json')).resolve(name)).href)
