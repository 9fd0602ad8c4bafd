import { readdirSync } from 'node:fs'

/** Why a data folder has no store, where it is a node's: it keeps there what it saw of the store, which is in Redis. */
export function overRedis(folder: string, advice: string): string | undefined {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    return undefined // there is no such folder, which whoever asked for its store says
  }
  return names.some((name) => /^redis-heads-.*\.json$/.test(name))
    ? `${folder} is of nodes over Redis, which holds the store: ${advice}`
    : undefined
}
